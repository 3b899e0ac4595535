/* SPDX-License-Identifier: MIT */
/* time.js - every frame over time, and what the frames cost meanwhile */

const HEIGHT = 330, STRIP = 120, MAP = 34, FLOOR = 26;

class TimeChart {
	/* @low and @high: of the end-to-end times, if it shares a scale with another one. */
	constructor(run, { low, high, say } = {}) {
		this.run = run;
		this.begin = Math.min(0, run.first_ns);
		this.end = Math.max(run.end_ns, this.begin + 1000);
		this.low = Math.max(1, low || Number(run.e2e.min_ns) || 1);
		this.high = Math.max(this.low + 1, high || Number(run.e2e.max_ns) || 1);
		this.log = this.high > 6 * (Number(run.e2e.p99_ns) || this.high);
		this.heat = run.rows > 20000;
		this.a = this.begin;
		this.b = this.end;
		this.selected = -1;
		this.say = say || (() => {});
		this.main = canvas(HEIGHT, { class: "main", tabindex: 0, role: "application", "aria-label": this.label(), "aria-describedby": "keys" });
		this.strip = canvas(STRIP, { role: "img", "aria-label": "Mean costs of the frames in each slice of the time that is shown" });
		this.map = canvas(MAP, { role: "img", "aria-label": "The whole run, and the part of it that is shown" });
		this.main.chart = this;
		this.listen();
		drawn.push(() => this.draw());
	}
	label() {
		const run = this.run;
		return `${plural(run.rows, "frame")} over ${(this.end / 1e9).toFixed(1)} s, from ${short(run.e2e.min_ns)} to ${short(run.e2e.max_ns)}. ` +
			"Arrow keys select frames, plus and minus zoom, 0 shows all, N goes to the longest, L and H change the scale and the way.";
	}
	x(ns) { return LEFT + (this.w - LEFT - RIGHT) * (ns - this.a) / (this.b - this.a); }
	ns(x) { return this.a + (x - LEFT) / (this.w - LEFT - RIGHT) * (this.b - this.a); }

	view(a, b) {
		const least = Math.min(50e3, this.end - this.begin), length = Math.min(Math.max(b - a, least), this.end - this.begin);
		const from = Math.min(Math.max(a, this.begin), this.end - length);
		this.a = from;
		this.b = from + length;
		this.draw();
	}
	zoom(by, around = this.selected >= 0 ? this.run.shown.start[this.selected] : (this.a + this.b) / 2) {
		const at = around >= this.a && around <= this.b ? around : (this.a + this.b) / 2;
		this.view(at - (at - this.a) * by, at + (this.b - at) * by);
	}
	all() { this.view(this.begin, this.end); }

	select(i, show) {
		const frames = this.run.shown;
		if (i < 0 || i >= frames.n) return;
		this.selected = i;
		const at = frames.start[i], length = this.b - this.a;
		if (show && (at < this.a || at > this.b)) this.view(at - length / 2, at + length / 2); else this.draw();
		this.say(this.tell(i));
	}
	/* A frame by its number in frames.csv, with some of its neighbours. */
	goTo(number) {
		const i = this.run.shown.byNumber(number), near = 12;
		if (i < 0) return;
		const at = this.run.shown.start[i], span = Math.min(this.end - this.begin, near * 2 * (this.end - this.begin) / this.run.rows);
		this.selected = i;
		this.view(at - span / 2, at + span / 2);
		this.select(i, true);
	}
	tell(i) {
		const frames = this.run.shown, e2e = frames.e2e[i];
		const costs = frames.costsOf(i).map((ns, c) => [ns, this.run.costs[c].cost]).filter(([ns]) => ns > e2e / 100).sort((p, q) => q[0] - p[0]);
		return `Frame ${frames.number[i]}, ${moment(frames.start[i])}: ${told(e2e)}; ` +
			costs.slice(0, 4).map(([ns, cost]) => `${cost} ${Math.round(100 * ns / e2e)} %`).join(", ");
	}

	draw() {
		this.drawMain();
		this.drawStrip();
		this.drawMap();
	}
	drawMain() {
		const { g, w, h } = prepare(this.main);
		this.w = w;
		const period = this.run.deadline ?? this.run.period, near = period && period < this.high * 3;
		const high = near ? Math.max(this.high, period) : this.high;
		this.y = this.log ? axis(this.low * .94, high * 1.08, 12, h - FLOOR, true) : axis(0, high * 1.06, 12, h - FLOOR, false);
		drawAxis(g, this.y, w);
		this.drawTimes(g, w, h);
		g.save();
		g.beginPath();
		g.rect(LEFT, 0, w - LEFT - RIGHT, h - FLOOR + 3);
		g.clip();
		if (this.run.cells) this.drawCells(g);
		if (this.heat && this.run.exact) this.drawHeat(g); else this.drawPoints(g);
		this.drawDrops(g, h);
		if (period) this.drawPeriod(g, w, period);
		this.drawSelected(g);
		g.restore();
		if (this.drag) {
			g.fillStyle = css("--shade");
			g.fillRect(Math.min(this.drag.x, this.drag.to), 0, Math.abs(this.drag.to - this.drag.x), h - FLOOR);
		}
	}
	drawTimes(g, w, h) {
		g.textAlign = "center";
		for (const s of ticks(this.a / 1e9, this.b / 1e9, Math.max(2, w / 110))) {
			const x = this.x(s * 1e9), digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10((this.b - this.a) / 1e9))));
			g.fillStyle = css("--grid");
			g.fillRect(Math.round(x), 8, 1, h - FLOOR - 8);
			g.fillStyle = css("--mute");
			if (x > LEFT - 4 && x < w - 14) g.fillText(+s.toFixed(digits) + " s", x, h - 8);
		}
	}
	drawPeriod(g, w, period) {
		const at = this.y.at(period), inside = at > 6 && at < HEIGHT - FLOOR, text = `${this.run.deadlineName} ${short(period)}`;
		g.fillStyle = g.strokeStyle = css("--late");
		g.textAlign = "right";
		if (inside) {
			g.setLineDash([6, 4]);
			g.beginPath();
			g.moveTo(LEFT, at);
			g.lineTo(w - RIGHT, at);
			g.stroke();
			g.setLineDash([]);
		}
		g.fillText(inside ? text : `↑ ${text}`, w - RIGHT - 6, inside ? at - 5 : 20);
	}
	/* Of one colour all at once, and those that are rarest last, so that nothing hides them. */
	drawPoints(g) {
		const frames = this.run.shown, first = frames.from(this.a), last = frames.from(this.b), n = last - first;
		const size = n > 20000 ? 1.6 : n > 3000 ? 2.2 : n > 400 ? 3 : 4.5;
		const of = this.run.costs.map(() => []);
		for (let i = first; i < last; i++) of[frames.top[i]].push(i);
		for (const c of of.map((_, c) => c).sort((p, q) => of[q].length - of[p].length)) {
			g.fillStyle = paint(this.run.costs[c].cost);
			g.globalAlpha = n > 3000 ? .8 : 1;
			for (const i of of[c]) g.fillRect(this.x(frames.start[i]) - size / 2, this.y.at(frames.e2e[i]) - size / 2, size, size);
		}
		g.globalAlpha = 1;
	}
	/* How many lie where: the more, the fuller the colour of the cost that most of them have. */
	drawHeat(g) {
		const frames = this.run.shown, side = 5, columns = Math.ceil((this.w - LEFT - RIGHT) / side), rows = Math.ceil((HEIGHT - FLOOR) / side);
		const nCosts = this.run.costs.length, counts = new Uint32Array(columns * rows * nCosts);
		for (let i = frames.from(this.a), last = frames.from(this.b); i < last; i++) {
			const column = Math.min(columns - 1, Math.floor((this.x(frames.start[i]) - LEFT) / side));
			const row = Math.min(rows - 1, Math.max(0, Math.floor(this.y.at(frames.e2e[i]) / side)));
			counts[(row * columns + column) * nCosts + frames.top[i]]++;
		}
		this.fillCells(g, counts, columns, rows, nCosts, side);
	}
	fillCells(g, counts, columns, rows, nCosts, side) {
		const colours = this.run.costs.map(cost => paint(cost.cost)), cells = [];
		let most = 1;
		for (let cell = 0; cell < columns * rows; cell++) {
			let all = 0, top = 0;
			for (let c = 0; c < nCosts; c++) {
				const n = counts[cell * nCosts + c];
				all += n;
				if (n > counts[cell * nCosts + top]) top = c;
			}
			if (all) cells.push([cell, all, top]);
			most = Math.max(most, all);
		}
		for (const [cell, all, top] of cells) {
			g.globalAlpha = shadeOf(all, most);
			g.fillStyle = colours[top];
			g.fillRect(LEFT + cell % columns * side, Math.floor(cell / columns) * side, side, side);
		}
		g.globalAlpha = 1;
	}
	/* One is always seen: it has a size and a shade of its own. */
	drawCells(g) {
		const { cells, slices_: slices } = this.run, end = i => i + 1 < slices.length ? slices[i + 1].from : this.run.span;
		const x = slices.map(slice => this.x(slice.from)), right = slices.map((_, i) => this.x(end(i)));
		const first = cells.slice.findIndex(slice => right[slice] >= LEFT), last = cells.slice.findLastIndex(slice => x[slice] <= this.w) + 1;
		if (last - first > 40000) return this.drawManyCells(g, x, right, first, last);
		const colours = this.run.costs.map(cost => paint(cost.cost)), most = cells.frames.reduce((a, b) => Math.max(a, b), 1);
		for (let i = Math.max(0, first); i < last; i++) {
			const slice = cells.slice[i], top = this.y.at(bucketFrom(cells.bucket[i] + 1)), bottom = this.y.at(bucketFrom(cells.bucket[i]));
			g.globalAlpha = shadeOf(cells.frames[i], most);
			g.fillStyle = colours[cells.cost[i]];
			g.fillRect(x[slice], Math.min(top, bottom - 2), Math.max(2, right[slice] - x[slice]), Math.max(2, bottom - top));
		}
		g.globalAlpha = 1;
	}
	/* More than there are places on the screen: those that share one are drawn as one, none is left out. */
	drawManyCells(g, x, right, first, last) {
		const { cells } = this.run, side = 2, columns = Math.ceil((this.w - LEFT - RIGHT) / side), rows = Math.ceil((HEIGHT - FLOOR) / side), nCosts = this.run.costs.length;
		const counts = new Uint32Array(columns * rows * nCosts), within = (v, n) => Math.min(n - 1, Math.max(0, Math.floor(v)));
		const row = [], rowOf = bucket => row[bucket] ??= within(this.y.at((bucketFrom(bucket) + bucketFrom(bucket + 1)) / 2) / side, rows);
		for (let i = Math.max(0, first); i < last; i++) {
			const slice = cells.slice[i], column = within(((x[slice] + right[slice]) / 2 - LEFT) / side, columns);
			counts[(rowOf(cells.bucket[i]) * columns + column) * nCosts + cells.cost[i]] += cells.frames[i];
		}
		this.fillCells(g, counts, columns, rows, nCosts, side);
	}
	drawDrops(g, h) {
		g.fillStyle = css("--bad");
		for (const drop of this.run.drop_rows) {
			if (drop.due === null || drop.due < this.a || drop.due > this.b) continue;
			const x = this.x(drop.due);
			g.beginPath();
			g.moveTo(x, h - FLOOR - 7);
			g.lineTo(x + 4, h - FLOOR + 1);
			g.lineTo(x - 4, h - FLOOR + 1);
			g.fill();
		}
	}
	drawSelected(g) {
		if (this.selected < 0) return;
		const x = this.x(this.run.shown.start[this.selected]), y = this.y.at(this.run.shown.e2e[this.selected]);
		g.strokeStyle = css("--ink");
		g.lineWidth = 2;
		g.beginPath();
		g.arc(x, y, 7, 0, 7);
		g.stroke();
		g.lineWidth = 1;
	}

	/* Mean costs in each of some columns: sums over the frames that begin in them. */
	columns(n) {
		const sums = Array.from({ length: n }, () => ({ frames: 0, costs: this.run.costs.map(() => 0) })), of = ns => Math.floor((ns - this.a) / (this.b - this.a) * n);
		const frames = this.run.shown;
		if (!this.run.exact) {
			for (const slice of this.run.slices_) {
				const at = of(slice.from);
				if (at < 0 || at >= n) continue;
				sums[at].frames += slice.frames;
				slice.costs.forEach((ns, c) => sums[at].costs[c] += ns);
			}
			return sums;
		}
		for (let i = frames.from(this.a), last = frames.from(this.b); i < last; i++) {
			const sum = sums[Math.min(n - 1, of(frames.start[i]))];
			sum.frames++;
			frames.costs.forEach((column, c) => sum.costs[c] += column[i]);
		}
		return sums;
	}
	drawStrip() {
		const { g, w, h } = prepare(this.strip), shown = this.run.exact ? Infinity : this.run.slices_.length * (this.b - this.a) / this.run.span;
		/* with two frames or more in each, none is empty but for what is not there */
		const frames = this.run.exact ? this.run.shown.from(this.b) - this.run.shown.from(this.a) : Infinity;
		const n = Math.max(1, Math.min(Math.floor((w - LEFT - RIGHT) / 4), Math.floor(shown), Math.floor(frames / 2)));
		const sums = this.sums = this.columns(n), wide = (w - LEFT - RIGHT) / n;
		const total = sum => sum.costs.reduce((a, b) => a + b, 0) / sum.frames;
		const means = sums.filter(sum => sum.frames).map(total).sort((a, b) => a - b);
		const high = means.length ? Math.min(means[means.length - 1], 3 * means[Math.floor(means.length * .9)] || Infinity) : 1;
		const y = axis(0, high || 1, 6, h - 4, false);
		drawAxis(g, y, w);
		g.save();
		g.beginPath();
		g.rect(LEFT, 0, w - LEFT - RIGHT, h);
		g.clip();
		this.run.costs.forEach((cost, c) => {
			g.fillStyle = paint(cost.cost);
			sums.forEach((sum, i) => {
				if (!sum.frames || !sum.costs[c]) return;
				const below = sum.costs.slice(0, c).reduce((a, b) => a + b, 0) / sum.frames;
				const top = y.at(below + sum.costs[c] / sum.frames), bottom = y.at(below);
				g.fillRect(LEFT + i * wide, top, Math.max(1, wide - (wide > 3 ? .6 : 0)), bottom - top);
			});
		});
		g.restore();
	}
	/* The longest frame of each column of pixels. */
	drawMap() {
		const { g, w, h } = prepare(this.map), frames = this.run.shown, columns = Math.max(1, Math.floor(w - LEFT - RIGHT)), most = new Float64Array(columns);
		const of = ns => (ns - this.begin) / (this.end - this.begin) * columns;
		for (let i = 0; i < frames.n; i++) {
			const at = Math.min(columns - 1, Math.max(0, Math.floor(of(frames.start[i]))));
			if (frames.e2e[i] > most[at]) most[at] = frames.e2e[i];
		}
		g.fillStyle = css("--mute");
		const y = axis(this.log ? this.low * .8 : 0, this.high, 2, h - 2, this.log);
		most.forEach((ns, i) => { if (ns) g.fillRect(LEFT + i, Math.min(y.at(ns), h - 3), 1, Math.max(1, h - 2 - y.at(ns))); });
		g.fillStyle = css("--shade");
		g.fillRect(LEFT + of(this.a), 0, Math.max(2, of(this.b) - of(this.a)), h);
		g.strokeStyle = css("--accent");
		g.strokeRect(LEFT + of(this.a) + .5, .5, Math.max(2, of(this.b) - of(this.a)) - 1, h - 1);
	}

	/* The frame next to a place, or -1. */
	nearest(x, y) {
		const frames = this.run.shown, reach = 14, near = (this.b - this.a) / (this.w - LEFT - RIGHT) * reach, ns = this.ns(x);
		let best = -1, least = reach * reach;
		for (let i = frames.from(ns - near), last = frames.from(ns + near); i < last; i++) {
			const d = (this.x(frames.start[i]) - x) ** 2 + (this.y.at(frames.e2e[i]) - y) ** 2;
			if (d < least) [best, least] = [i, d];
		}
		return best;
	}
	/* The cells at a place, one for each cost. */
	cellsAt(x, y) {
		const { cells } = this.run, found = [];
		if (!cells) return found;
		const value = this.y.value(y), slice = Math.floor(this.ns(x) / this.run.span * this.run.slices_.length);
		for (let i = cells.slice.indexOf(slice); i >= 0 && cells.slice[i] === slice; i++)
			if (bucketFrom(cells.bucket[i]) <= value && bucketFrom(cells.bucket[i] + 1) > value) found.push(i);
		return found;
	}
	frameTip(i) {
		const frames = this.run.shown, e2e = frames.e2e[i];
		const costs = frames.costsOf(i).map((ns, c) => [ns, this.run.costs[c].cost]).filter(([ns]) => ns > e2e / 200).sort((p, q) => q[0] - p[0]);
		return [make("b", {}, `frame ${frames.number[i]}`), pairs([["end to end", told(e2e)], ["at", moment(frames.start[i])],
			...costs.map(([ns, cost]) => [[dot(cost), cost], told(ns)])])];
	}
	hover(event) {
		const { cells, costs } = this.run, i = this.nearest(event.offsetX, event.offsetY), found = i < 0 ? this.cellsAt(event.offsetX, event.offsetY) : [];
		if (i >= 0) return showTip(event, ...this.frameTip(i));
		if (!found.length) return hideTip();
		const bucket = cells.bucket[found[0]];
		showTip(event, make("b", {}, `${short(bucketFrom(bucket))} to ${short(bucketFrom(bucket + 1))}`),
			pairs(found.map(cell => [[dot(costs[cells.cost[cell]].cost), costs[cells.cost[cell]].cost], plural(cells.frames[cell], "frame")])));
	}

	listen() {
		const main = this.main;
		main.addEventListener("pointerdown", event => {
			if (event.button || event.offsetX < LEFT) return;
			this.drag = { x: event.offsetX, to: event.offsetX };
			main.setPointerCapture(event.pointerId);
		});
		main.addEventListener("pointermove", event => {
			if (!this.drag) return this.hover(event);
			this.drag.to = Math.min(Math.max(event.offsetX, LEFT), this.w - RIGHT);
			this.drawMain();
		});
		const drop = event => {
			const drag = this.drag;
			this.drag = null;
			if (!drag) return;
			if (Math.abs(drag.to - drag.x) > 6) this.view(this.ns(Math.min(drag.x, drag.to)), this.ns(Math.max(drag.x, drag.to)));
			else if (event.type === "pointerup") this.select(this.nearest(event.offsetX, event.offsetY));
			else this.draw();
		};
		main.addEventListener("pointerup", drop);
		main.addEventListener("pointercancel", drop);
		main.addEventListener("pointerleave", hideTip);
		main.addEventListener("dblclick", () => this.all());
		main.addEventListener("wheel", event => {
			if (!event.ctrlKey && !event.shiftKey) return;
			event.preventDefault();
			this.zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : .8, this.ns(event.offsetX));
		}, { passive: false });
		main.addEventListener("keydown", event => { if (this.key(event)) event.preventDefault(); });
		const pan = event => {
			const at = this.begin + (event.offsetX - LEFT) / (this.map.clientWidth - LEFT - RIGHT) * (this.end - this.begin), half = (this.b - this.a) / 2;
			this.view(at - half, at + half);
		};
		this.map.addEventListener("pointerdown", event => { this.map.setPointerCapture(event.pointerId); pan(event); });
		this.map.addEventListener("pointermove", event => { if (event.buttons) pan(event); });
		this.strip.addEventListener("pointermove", event => this.hoverStrip(event));
		this.strip.addEventListener("pointerleave", hideTip);
	}
	hoverStrip(event) {
		const at = Math.floor((event.offsetX - LEFT) / (this.strip.clientWidth - LEFT - RIGHT) * this.sums.length), sum = this.sums[at];
		if (!sum || !sum.frames) return hideTip();
		const costs = sum.costs.map((ns, c) => [ns / sum.frames, this.run.costs[c].cost]).filter(([ns]) => ns >= 1).sort((p, q) => q[0] - p[0]);
		showTip(event, make("b", {}, `mean of ${plural(sum.frames, "frame")} at ${moment(this.a + at / this.sums.length * (this.b - this.a))}`),
			pairs(costs.map(([ns, cost]) => [[dot(cost), cost], short(ns)])));
	}
	key(event) {
		const frames = this.run.shown, step = (this.b - this.a) * .25;
		if (event.ctrlKey || event.metaKey || event.altKey) return false;
		switch (event.key) {
		case "ArrowRight": case "ArrowLeft": {
			const by = event.key === "ArrowRight" ? 1 : -1;
			if (event.shiftKey) this.view(this.a + by * step, this.b + by * step);
			else if (this.selected < 0) this.select(frames.from(this.a), true);
			else this.select(Math.min(frames.n - 1, Math.max(0, this.selected + by)), true);
			return true;
		}
		case "+": case "=": case "ArrowUp": this.zoom(.6); return true;
		case "-": case "_": case "ArrowDown": this.zoom(1 / .6); return true;
		case "Home": this.select(0, true); return true;
		case "End": this.select(frames.n - 1, true); return true;
		case "0": case "Escape": this.all(); return true;
		case "n": case "N": {
			const longest = this.run.longest;
			if (longest.length) this.goTo(longest[this.next = ((this.next ?? -1) + 1) % longest.length].frame);
			return true;
		}
		case "l": case "L": this.buttons.log.click(); return true;
		case "h": case "H": this.buttons.heat?.click(); return true;
		}
		return false;
	}
	tools() {
		this.buttons = { log: toggle("log", this.log, on => { this.log = on; this.draw(); }, "logarithmic scale (L)") };
		if (this.run.exact) this.buttons.heat = toggle("heatmap", this.heat, on => { this.heat = on; this.draw(); }, "how many frames are where (H)");
		return [this.buttons.log, this.buttons.heat, push("−", () => this.zoom(1 / .6), "zoom out (−)"), push("+", () => this.zoom(.6), "zoom in (+)"),
			push("all", () => this.all(), "the whole run (0)")];
	}
}

const shadeOf = (n, most) => .35 + .65 * Math.log(n) / Math.log(Math.max(most, 2));
