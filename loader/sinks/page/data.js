/* SPDX-License-Identifier: MIT */
/* data.js - a run, from the elements that the program has put into the page */

/* The numbers of base64 text: seven bits a byte, the lowest first; one with a sign is folded. */
function unpacker(text) {
	const chars = atob(text), bytes = new Uint8Array(chars.length);
	for (let i = 0; i < bytes.length; i++) bytes[i] = chars.charCodeAt(i);
	let at = 0;
	/* by multiplication: shifts have 32 bits, doubles 53 that are exact */
	const next = () => {
		let byte = bytes[at++], value = byte & 0x7f, unit = 128;
		while (byte & 0x80) {
			byte = bytes[at++];
			value += (byte & 0x7f) * unit;
			unit *= 128;
		}
		return value;
	};
	const signed = () => {
		const folded = next();
		return folded % 2 ? -(folded + 1) / 2 : folded / 2;
	};
	return { next, signed, more: () => at < bytes.length };
}

/* Frames: columns of numbers, in the order of their beginnings. */
class Frames {
	constructor(n, nCosts) {
		this.n = n;
		this.number = new Float64Array(n);
		this.start = new Float64Array(n);
		this.e2e = new Float64Array(n);
		this.costs = Array.from({ length: nCosts }, () => new Float64Array(n));
		this.top = new Uint8Array(n);
	}
	read(i, packed, number, start) {
		this.number[i] = number;
		this.start[i] = start;
		this.e2e[i] = packed.next();
		let top = 0;
		this.costs.forEach((column, c) => {
			column[i] = packed.next();
			if (column[i] > this.costs[top][i]) top = c;
		});
		this.top[i] = top;
	}
	costsOf(i) { return this.costs.map(column => column[i]); }
	/* They are written as they left, which may be another order. */
	sort() {
		let sorted = true;
		for (let i = 1; sorted && i < this.n; i++) sorted = this.start[i - 1] <= this.start[i];
		if (sorted) return this;
		const order = Uint32Array.from({ length: this.n }, (_, i) => i).sort((a, b) => this.start[a] - this.start[b]);
		const moved = column => column.map((_, i) => column[order[i]]);
		for (const key of ["number", "start", "e2e", "top"]) this[key] = moved(this[key]);
		this.costs = this.costs.map(moved);
		return this;
	}
	/* The first that begins at @ns or later. */
	from(ns) {
		let low = 0, high = this.n;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.start[middle] < ns) low = middle + 1; else high = middle;
		}
		return low;
	}
	byNumber(number) { return this.number.indexOf(number); }
}

function allFrames(text, n, nCosts) {
	const frames = new Frames(n, nCosts), packed = unpacker(text);
	for (let i = 0, number = 0, start = 0; i < n; i++) frames.read(i, packed, number += packed.next(), start += packed.signed());
	return frames.sort();
}

/* Of a run with more frames than a page holds: sums of each slice of its time, and its longest frames. */
function readSlices(text, n, span, nCosts) {
	const packed = unpacker(text), slices = [], kept = [];
	for (let i = 0; i < n; i++) {
		const slice = { from: Math.floor(span / n) * i + Math.floor((span % n) * i / n), frames: packed.next() };
		slice.costs = Array.from({ length: nCosts }, () => packed.next());
		for (let j = packed.next(); j > 0; j--) {
			const one = { number: packed.next(), start: packed.signed(), e2e: packed.next() };
			one.costs = Array.from({ length: nCosts }, () => packed.next());
			kept.push(one);
		}
		slices.push(slice);
	}
	const frames = new Frames(kept.length, nCosts);
	kept.forEach((one, i) => {
		frames.number[i] = one.number;
		frames.start[i] = one.start;
		frames.e2e[i] = one.e2e;
		one.costs.forEach((ns, c) => frames.costs[c][i] = ns);
		frames.top[i] = one.costs.indexOf(Math.max(...one.costs));
	});
	return { slices, frames: frames.sort() };
}

/* Where bucket @b of the histograms begins, ns: 64 to each power of two. */
function bucketFrom(b) {
	const shift = (b >> 6) - 1;
	return shift < 1 ? b : (b - shift * 64) * 2 ** shift;
}

/* Cells, as columns: there may be a million of them. */
function readCells(text) {
	const packed = unpacker(text), all = [];
	for (let slice = 0, bucket = 0; packed.more();) all.push(slice += packed.next(), bucket += packed.signed(), packed.next(), packed.next());
	const n = all.length / 4, column = (Type, nth) => Type.from({ length: n }, (_, i) => all[4 * i + nth]);
	return { n, slice: column(Uint16Array, 0), bucket: column(Uint16Array, 1), cost: column(Uint8Array, 2), frames: column(Uint32Array, 3) };
}

class Run {
	constructor(parts) {
		const figures = JSON.parse(parts.figures), facts = JSON.parse(parts.run);
		Object.assign(this, figures);
		this.name = facts.name || "run";
		this.json = facts.json;
		this.path = this.json.path || this.path; /* runs of old have none in their run.json */
		this.what = facts.missing;
		this.span = +this.span_ns || 1;
		this.deadline = this.deadline_ns === null ? null : +this.deadline_ns;
		this.period = this.period_ns === null ? null : +this.period_ns;
		this.deadlineName = this.deadline_asked ? "deadline" : "frame period";
		this.e2e = this.stages.find(stage => stage.stage === "e2e");
		this.runq = this.stages.find(stage => stage.stage === "runq");
		this.steps = this.path.stages.map((step, i) => ({ ...step, ...this.stages[i], parts: partsOf(figures.splits[i], step) }));
		/* a stage has the colour of what most of it is charged to */
		for (const step of this.steps) step.main = step.parts.reduce((most, part) => part.kind !== "whole" && part.ns > most.ns ? part : most, { ns: 0, cost: step.running }).cost;
		if (parts.frames !== undefined) {
			this.shown = allFrames(parts.frames, this.rows, this.costs.length);
		} else {
			const read = readSlices(parts.slices, figures.slices, this.span, this.costs.length);
			this.shown = read.frames;
			this.slices_ = read.slices;
			this.cells = readCells(parts.cells);
		}
		this.names = new Map();
		for (const thread of this.threads) {
			this.names.set(thread.tid, thread.comm);
			for (const peer of [...thread.wakers, ...thread.preemptors])
				if (typeof peer.by === "number" && !this.names.has(peer.by)) this.names.set(peer.by, peer.comm);
		}
	}
	get exact() { return !this.cells; }
	/* What never came, of all devices, by cause; its total is null if that is not known. null: nothing has numbers. */
	get missed() {
		const total = this.missing, atMost = !!this.drops && this.drops.at_most;
		if (!this.devices) return this.drops || total !== null ? { total, atMost, came: this.drops ? this.drops.frames : this.frames, causes: [] } : null;
		const causes = [];
		this.devices.forEach((device, d) => {
			for (const [cause, count] of Object.entries(device.drops)) {
				const told = this.causes[d][cause];
				if (!count || !told) continue;
				causes.push({ device: device.node, cause, count, text: told.text, came: told.came });
			}
		});
		/* among those of the devices that miss some: the others have all of theirs */
		const missing = this.devices.filter(device => causes.some(cause => !cause.came && cause.device === device.node));
		const came = missing.reduce((sum, device) => sum + device.frames, 0);
		const of = this.devices.length > 1 ? missing.map(device => device.node).join(", ") : "";
		return { total, atMost, came, of, causes: causes.sort((a, b) => b.count - a.count) };
	}
	get losses() { return this.counts.filter(item => item.kind === "loss"); }
	get lost() { return this.losses.filter(item => item.count); }
	thread(by) {
		if (by === "idle") return "an idle CPU";
		if (by === "interrupt") return "an interrupt";
		if (by === "others") return "others";
		return this.names.get(by) ? `${this.names.get(by)}/${by}` : `thread ${by}`;
	}
}

/* Each run is a few elements one after the other, of which "run" is the last. */
function readPage() {
	const runs = [], more = {};
	let parts = {};
	for (const element of document.querySelectorAll("script.data")) {
		parts[element.dataset.name] = element.textContent;
		if (element.dataset.name === "run") {
			runs.push(new Run(parts));
			parts = {};
		}
		element.remove();
	}
	for (const name in parts) more[name] = JSON.parse(parts[name]);
	return { runs, more };
}
