/* SPDX-License-Identifier: MIT */
/* text.js - numbers and names as people read them, and elements of the page */

const THIN = "\u202f";
let showExact = false;

const group = digits => String(digits).replace(/\B(?=(\d{3})+$)/g, THIN);
const count = n => n === null || n === undefined ? "–" : group(n);
const percent = share => share === null || share === undefined ? "–" : (100 * share).toFixed(1) + THIN + "%";
const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many || one + "s"}`;
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

/* Three digits, and the unit that fits. */
function short(ns) {
	const n = Number(ns), size = Math.abs(n);
	const [unit, by] = size >= 1e9 ? ["s", 1e9] : size >= 1e6 ? ["ms", 1e6] : size >= 1e3 ? ["µs", 1e3] : ["ns", 1];
	const value = n / by;
	if (by === 1) return `${Math.round(n)}${THIN}ns`;
	const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	return (digits || Math.abs(value) < 1000 ? value.toFixed(digits) : group(Math.round(value))) + THIN + unit;
}
const signed = ns => (Number(ns) < 0 ? "−" : "+") + short(Math.abs(Number(ns)));
const exactly = ns => (String(ns)[0] === "-" ? "−" + group(String(ns).slice(1)) : group(ns)) + THIN + "ns";
const told = ns => showExact ? exactly(ns) : short(ns);
/* A moment of the run, from its beginning. */
const moment = ns => (ns / 1e9).toFixed(3) + THIN + "s";

/* What would turn a line round or steer whoever shows it stands as its number. */
const plain = text => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
	c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

function make(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (value === null || value === undefined || value === false) continue;
		if (key === "style") for (const [name, of] of Object.entries(value)) element.style.setProperty(name, of);
		else if (key.startsWith("on")) element[key] = value;
		else element.setAttribute(key, value === true ? "" : value);
	}
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined && child !== false)
			element.append(child instanceof Node ? child : plain(child));
	return element;
}

/* A name that others gave: it turns no text round. */
const named = text => make("bdi", {}, text);

/* A time: short, or exact where that is asked for. Its number is in the element. */
function time(ns, attributes) {
	if (ns === null || ns === undefined) return make("span", { ...attributes, title: "not known" }, "–");
	return make("data", { value: ns, class: "t", title: exactly(ns), ...attributes }, told(ns));
}
function tellExact(exact) {
	showExact = exact;
	for (const element of document.querySelectorAll("data.t"))
		element.textContent = element.dataset.signed ? (exact ? (element.value > 0 ? "+" : "") + exactly(element.value) : signed(element.value)) : told(element.value);
}
const change = ns => make("data", { value: ns, class: "t", "data-signed": 1, title: exactly(ns) }, showExact ? exactly(ns) : signed(ns));

const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* A cost has one colour in all reports: the usual ones have theirs, others those that are left. */
const USUAL = ["copies", "compute", "integrity", "buffer queueing", "context switches", "scheduler jitter", "transport",
	"application", "unattributed", "device", "queue lock"];
const COLOURS = 16;
const slots = new Map();
function slotOf(cost) {
	if (!slots.has(cost)) {
		const usual = USUAL.indexOf(cost), others = slots.size;
		slots.set(cost, usual >= 0 ? usual : USUAL.length + others % (COLOURS - USUAL.length));
	}
	return slots.get(cost);
}
const colour = cost => `var(--c${slotOf(cost)})`;
const paint = cost => css(`--c${slotOf(cost)}`);
const dot = cost => make("span", { class: "dot", style: { background: colour(cost) } });

const tip = () => document.getElementById("tip");
function showTip(event, ...content) {
	const box = tip();
	box.replaceChildren(...content);
	box.hidden = false;
	const { offsetWidth: w, offsetHeight: h } = box, x = event.clientX, y = event.clientY;
	box.style.left = Math.max(6, x + 16 + w > innerWidth - 6 ? x - w - 16 : x + 16) + "px";
	box.style.top = Math.max(6, y + 16 + h > innerHeight - 6 ? y - h - 16 : y + 16) + "px";
}
const hideTip = () => { tip().hidden = true; };
function withTip(element, content) {
	element.addEventListener("pointermove", event => showTip(event, ...[content()].flat()));
	element.addEventListener("pointerleave", hideTip);
	return element;
}
const pairs = rows => make("table", {}, make("tbody", {}, rows.map(row => make("tr", {}, row.map(cell => make("td", {}, cell))))));

const toggle = (text, on, set, title) => {
	const button = make("button", { type: "button", "aria-pressed": String(on), title }, text);
	button.onclick = () => {
		const now = button.getAttribute("aria-pressed") !== "true";
		button.setAttribute("aria-pressed", String(now));
		set(now);
	};
	return button;
};
const push = (text, act, title) => make("button", { type: "button", onclick: act, title }, text);

function section(id, title, what, tools, ...content) {
	return make("section", { id, "aria-labelledby": id + "-h" },
		make("div", { class: "head" }, make("h2", { id: id + "-h" }, title), make("p", {}, what || ""),
			tools ? make("div", { class: "tools" }, tools) : null), content);
}

/* Heads are [text, class?] or text. */
const table = (attributes, caption, heads, rows) => make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
	make("table", attributes, make("caption", {}, caption),
		make("thead", {}, make("tr", {}, heads.map(head => make("th", { scope: "col", class: Array.isArray(head) ? head[1] : null },
			Array.isArray(head) ? head[0] : head)))), make("tbody", {}, rows)));
