package explorer

import (
	"fmt"
	"testing"
)

// auditScript lists what has no name, is named twice, or is out of order.
const auditScript = `JSON.stringify((() => {
	const faults = [];
	const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
	for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push("id twice: " + id);
	for (const e of document.querySelectorAll("a, button")) if (!(e.getAttribute("aria-label") ?? e.textContent).trim()) faults.push("no name: " + e.outerHTML);
	for (const e of document.querySelectorAll("input")) if (!e.labels?.length) faults.push("no label: " + e.outerHTML);
	for (const e of document.querySelectorAll("table")) if (!e.getAttribute("aria-label") || !e.querySelector("th[scope=col]")) faults.push("no headings: " + e.outerHTML.slice(0, 80));
	for (const e of document.querySelectorAll("svg")) if (!e.hasAttribute("aria-hidden") && !e.hasAttribute("aria-label")) faults.push("no text: " + e.outerHTML.slice(0, 80));
	if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
	if (document.querySelectorAll("[aria-live=polite]").length !== 1) faults.push("not one live region");
	return faults;
})())`

// contrastScript lists text whose contrast is below 4.5 (WCAG AA).
const contrastScript = `JSON.stringify((() => {
	const parts = (c) => (c.match(/[\d.]+/g) ?? []).map(Number);
	const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0.99) return c; } return [255, 255, 255]; };
	const faults = new Set();
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.closest(".hidden, noscript, :disabled")) continue;
		const [a, b] = [light(parts(getComputedStyle(e).color)), light(behind(e))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5) faults.add(e.tagName + "." + e.className + " has contrast " + contrast.toFixed(2));
	}
	return [...faults];
})())`

// formats: amounts are exact, whatever their size.
func formats(t *testing.T, tb *tab, _ *site) {
	tb.at("", "Overview")
	for _, tc := range []struct{ expression, want string }{
		{`f.amount("0", 18)`, "0"},
		{`f.amount("1", 18)`, "0.000000000000000001"},
		{`f.amount("1000000000000000000", 18)`, "1"},
		{`f.amount("1234567000000000000000000", 18)`, "1,234,567"},
		{`f.amount("340282366920938463463374607431768211455", 18)`, "340,282,366,920,938,463,463.374607431768211455"},
		{`f.amount("340282366920938463463374607431768211455", 0)`, "340,282,366,920,938,463,463,374,607,431,768,211,455"},
		{`f.amount("340282366920938463463374607431768211455", 77)`, "0.00000000000000000000000000000000000000340282366920938463463374607431768211455"},
		{`f.amount("1050", 3)`, "1.05"},
		{`f.amount("999", 3)`, "0.999"},
		{`f.amount("1500000", undefined)`, "1,500,000"},
		{`f.amount("1500000", 200)`, "1,500,000"},
		{`f.amount("1500000", -1)`, "1,500,000"},
		{`f.amount("1500000", 1.5)`, "1,500,000"},
		{`f.amount("-5", 2)`, "-5"},
		{`f.amount("1e9", 2)`, "1e9"},
		{`f.amount("0x10", 2)`, "0x10"},
		{`f.amount("<b>", 2)`, "<b>"},
		{`f.amount("", 2)`, ""},
		{`f.grouped(999)`, "999"},
		{`f.grouped(1000)`, "1,000"},
		{`f.span(0)`, "0 ms"},
		{`f.span(1500)`, "1.5 s"},
		{`f.span(59999)`, "59 s"},
		{`f.span(60000)`, "1 min"},
		{`f.span(3723000)`, "1 h 2 min"},
		{`f.span(7 * 86400000)`, "7 d"},
		{`f.span(-60000)`, "−1 min"},
		{`f.span(NaN)`, "–"},
		{`f.ago(1000, 1500)`, "just now"},
		{`f.ago(1000, 91000)`, "1 min ago"},
		{`f.ago(91000, 1000)`, "in 1 min"},
		{`f.instant(1700000000000)`, "2023-11-14 22:13:20 UTC"},
		{`f.instant(1700000000123)`, "2023-11-14 22:13:20.123 UTC"},
		{`f.instant(1e300)`, "–"},
		{`f.short("0x1234")`, "0x1234"},
		{`f.short("0x" + "ab".repeat(32))`, "0xababab…ababab"},
		{`f.size(1023)`, "1023 bytes"},
		{`f.size(6656)`, "6.5 KiB"},
		{`f.rate(0)`, "0"},
		{`f.rate(12.34)`, "12.3"},
		{`f.rate(5120.4)`, "5,120"},
		{`f.plural(1, "entry", "entries")`, "1 entry"},
		{`f.plural(2, "entry", "entries")`, "2 entries"},
	} {
		if got := eval[string](tb, fmt.Sprintf(`import("/explorer/format.js").then((f) => %s)`, tc.expression)); got != tc.want {
			t.Errorf("%s is %q, want %q", tc.expression, got, tc.want)
		}
	}
	// Throughput, of a node that executes 50 transfers per second for a minute, then
	// 5; then of one that took some back.
	const beats = `import("/explorer/pulse.js").then((p) => { p.pause(); const now = performance.now(), all = [];
		for (let i = 0; i <= 50; i++) p.beat({ seq: i <= 30 ? i * 100 : 3000 + (i - 30) * 10 }, now + 2000 * (i - 50));
		let t = p.throughput(); all.push(t.now, t.minute, t.points.length, t.points[0], t.points.at(-1));
		p.beat({ seq: 7 }, now + 2000); t = p.throughput(); all.push(t.now, t.minute, t.points.length);
		p.pause(); p.beat({ seq: 7 }, now); p.beat({ seq: 27 }, now + 4000); all.push(p.throughput().now); return JSON.stringify(all); })`
	if got, want := eval[string](tb, beats), `[5,20,50,50,5,null,null,0,5]`; got != want {
		t.Errorf("throughput is %s, want %s", got, want)
	}
}
