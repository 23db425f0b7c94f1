package explorer

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/prover"
)

// TestPage looks at the page in a real browser, on a node whose answers come from
// package api, in front of a fake.
func TestPage(t *testing.T) {
	b := browser(t)
	for _, tc := range []struct {
		name string
		test func(*testing.T, *tab, *site)
		path string
	}{
		{"click through", clickThrough, ""},
		{"search", searchEach, "#/tokens"},
		{"live", liveUpdates, ""},
		{"polling", polling, "#/transfers"},
		{"gone and back", goneAndBack, "#/batch/12"},
		{"hostile text", hostileText, "#/tokens"},
		{"deep links", deepLinks, "#/nonsense"},
		{"banners", banners, "#/queue"},
		{"phone", phone, ""},
		{"keyboard", keyboard, ""},
		{"formats", formats, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t, tc.name != "polling")
			tc.test(t, open(t, b, s, tc.path), s)
		})
	}
}

// clickThrough goes from the overview to a batch, one of its transfers, the
// account that paid, and that account's proof, and back again.
func clickThrough(t *testing.T, tb *tab, s *site) {
	tb.at("", "Overview")
	tb.sees(".link", "Live")
	tb.sees("main", "Transfers executed", fmt.Sprint(len(s.done)), "21,000,754")
	tb.sees(section("Open batch"), fmt.Sprintf("%d of 512", s.batches[fakeOpen-1].Transfers))
	tb.look("overview-light")

	tb.click(`nav a[href="#/batches"]`)
	tb.at("#/batches", "Batches")
	tb.click(`main a[href="#/batch/9"]`)
	tb.at("#/batch/9", "Batch 9")
	nine := s.batches[8]
	tb.sees(section("Summary"), wire.Hash(nine.Tx).String(), wire.Element(nine.Old).String(), wire.Element(nine.New).String(), "t512-hot", grouped(fmt.Sprint((nine.GasUsed+uint64(nine.Transfers)/2)/uint64(nine.Transfers)))+" per transfer")
	tb.sees(section("Proof"), "quire verify --proof batch-9-proof.json")
	tb.look("batch-light")

	var tr api.Transfer
	for _, candidate := range s.done {
		if candidate.Batch == 9 && candidate.Signed.From%4 == 1 && candidate.Signed.To != 0 {
			tr = candidate
		}
	}
	id := wire.Hash(tr.ID).String()
	tb.click(fmt.Sprintf("main a[href=\"#/transfer/%s\"]", id))
	tb.at("#/transfer/"+id, "Transfer")
	tb.sees("main h1", "finalized")
	tb.sees(section("Summary"), id, "USDC", fmt.Sprintf("batch %d", tr.Signed.ValidUntil))
	tb.sees(section("Receipt"), wire.Address([20]byte{0x0b, 19: 0x77}).String(), hex.EncodeToString(tr.Receipt.Signature[:]))
	tb.look("transfer-light")

	from := tr.Signed.From
	tb.click(fmt.Sprintf(`main a[href="#/account/%d"]`, from))
	tb.at(fmt.Sprintf("#/account/%d", from), fmt.Sprintf("Account %d", from))
	for i, state := range []struct {
		name  string
		batch int
	}{{"pending", fakeOpen}, {"sealed", fakeSealed}, {"committed", fakeCommitted}, {"finalized", fakeFinalized}} {
		row := fmt.Sprintf("%s tbody tr:nth-child(%d)", section("Balance"), i+1)
		tb.sees(row, state.name, fmt.Sprint(state.batch))
		balance := s.before[state.batch][from].Balance
		tb.sees(row+" .amount[title^=\""+grouped(balance.Dec())+" base units of token 1 (USDC)\"]", "USDC")
	}
	tb.click(section("Proof against layer 1") + " button")
	s.mu.Lock()
	root := s.tree.Root()
	s.mu.Unlock()
	tb.sees(section("Proof against layer 1"), wire.Element(root).String(), "16 levels of three")
	tb.click(section("Proof against layer 1") + " summary")
	tb.look("account-light")
	// A refresh does not close what was opened.
	s.send(t, from, from, 1)
	tb.sees(section("Balance")+" tbody tr:nth-child(1)", fmt.Sprint(s.accounts[from].Nonce))
	tb.until(`document.querySelector("main details").open`)

	for _, back := range []struct{ hash, title string }{
		{"#/transfer/" + id, "Transfer"}, {"#/batch/9", "Batch 9"}, {"#/batches", "Batches"}, {"", "Overview"},
	} {
		eval[any](tb, `history.back()`)
		tb.at(back.hash, back.title)
	}

	// The proof that is downloaded is the one that quire verify reads.
	tb.goTo("#/batch/9")
	tb.at("#/batch/9", "Batch 9")
	eval[any](tb, `(() => { const make = URL.createObjectURL; URL.createObjectURL = (blob) => { window.saved = blob.text(); return make(blob); } })()`)
	tb.run(chromedp.Evaluate[chromedp.Void](`HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; }`))
	tb.click(section("Proof") + " .actions button")
	tb.until(`window.savedAs === "batch-9-proof.json"`)
	proof, err := prover.DecodeProof([]byte(eval[string](tb, `window.saved`)))
	if err != nil || string(proof.Published) != "batch 9" {
		t.Errorf("the proof that was downloaded: %v, %v", proof, err)
	}
}

// grouped sets digits in threes, as the page does.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func searchEach(t *testing.T, tb *tab, s *site) {
	tb.at("#/tokens", "Tokens")
	id := wire.Hash(s.done[7].ID).String()
	address := wire.Address(owner(5)).String()
	for _, tc := range []struct{ text, hash, title string }{
		{"batch 3", "#/batch/3", "Batch 3"},
		{"account #21", "#/account/21", "Account 21"},
		{" " + id + " ", "#/transfer/" + id, "Transfer"},
		{strings.ToUpper(id[2:]), "#/transfer/" + id, "Transfer"},
		{address, "#/owner/" + address, "Owner"},
		{"12", "#/search?q=12", "Search"},
		{"33", "#/account/33", "Account 33"}, // there is no such batch
		{"5000", "#/search?q=5000", "Search"},
		{"what is this?", "#/search?q=what%20is%20this%3F", "Search"},
		{"99999999999999", "#/search?q=99999999999999", "Search"},
		{"0x" + strings.Repeat("0", 64), "#/transfer/0x" + strings.Repeat("0", 64), "Not found"},
	} {
		tb.search(tc.text)
		tb.at(tc.hash, tc.title)
	}
	tb.search("12")
	tb.sees(section("Found"), "Batch 12", "Account 12", "committed")
	tb.look("search-light")
	tb.click(section("Found") + ` a[href="#/account/12"]`)
	tb.at("#/account/12", "Account 12")
	tb.search("5000")
	tb.sees(section("Nothing found"), "no batch and no account", "0x and 64 hexadecimal digits")
	tb.look("search-nothing")
	tb.search(address)
	tb.sees(section("Accounts"), "5", "15", "25", "35")
	tb.sees(section("Withdrawals and exits"), "quire exit status --l1 URL --contract 0xc0FfEE", "--owner "+address, "quire exit claim")
	tb.look("owner-light")
	_ = t
}

// liveUpdates: what the node publishes is shown, by the subscription and not by
// the pulse, which is made too slow for that; then without a subscription.
func liveUpdates(t *testing.T, tb *tab, s *site) {
	tb.at("", "Overview")
	tb.sees(".link", "Live")
	tb.until(`["transfers", "batches"].every((topic) => window.subscribed.includes(topic))`)
	eval[any](tb, `window.subscribed = []`)
	tb.goTo("#/transfers")
	tb.at("#/transfers", "Transfers")
	tb.until(`window.subscribed.includes("transfers")`) // or it is not told of the first
	// The pulse has nothing to tell: the node's state does not seem to change.
	s.set(func(sync *api.Sync) { now := *sync; s.still = &now })
	for i := range 3 {
		tr := s.send(t, 1, 5, uint64(i+1))
		s.server.PublishTransfer(&tr)
		tb.sees("main tbody tr:first-child", wire.Hash(tr.ID).String()[:6])
		tb.until(`document.querySelector("main tbody tr:first-child").hasAttribute("data-fresh")`)
	}
	// A flood is not shown one by one, and does no harm.
	var last api.Transfer
	for range 400 {
		last = s.send(t, 1, 5, 1)
		s.server.PublishTransfer(&last)
	}
	s.set(func(*api.Sync) { s.still = nil })
	tb.sees("main tbody tr:first-child", wire.Hash(last.ID).String()[:6])

	tb.goTo("#/batch/11")
	tb.at("#/batch/11", "Batch 11")
	tb.sees("main h1", "committed")
	batch := s.finalize(t)
	s.server.PublishBatch(&batch)
	tb.sees("main h1", "finalized")
	tb.sees(section("Summary"), "Gas used")
	tb.sees("#said", "Batch 11 is final on layer 1.")

	// The page that is not told of anything finds out as well.
	tb.goTo("#/batch/12")
	tb.at("#/batch/12", "Batch 12")
	s.finalize(t)
	tb.sees("main h1", "finalized")
}

// polling: where there is no WebSocket, the pulse does.
func polling(t *testing.T, tb *tab, s *site) {
	tb.at("#/transfers", "Transfers")
	tb.sees(".link", "Polling")
	tb.hears("a WebSocket that was refused", func() bool { return tb.refusals > 0 })
	for range 3 { // the first can be in what is still being loaded
		tr := s.send(t, 2, 6, 1)
		s.server.PublishTransfer(&tr)
		tb.sees("main tbody tr:first-child", wire.Hash(tr.ID).String()[:6])
	}
	s.finalize(t)
	tb.sees("#said", "Batch 11 is final on layer 1.")
}

// goneAndBack: the node ends while the page is looked at, and comes back.
func goneAndBack(t *testing.T, tb *tab, s *site) {
	tb.at("#/batch/12", "Batch 12")
	tb.sees(".link", "Live")
	tb.setAbsent(true)
	s.stop()
	tb.sees(".link", "No answer")
	tb.sees("#banners", "The node does not answer.", "What is shown is from")
	tb.sees("main h1", "committed") // what was known stays
	tb.look("gone-light")
	tb.click(`nav a[href="#/queue"]`) // and what was not says so
	tb.at("#/queue", "The node does not answer")
	tb.look("gone-queue-light")

	s.finalize(t)
	s.start(t)
	tb.at("#/queue", "Queue")
	tb.sees(".link", "Live")
	tb.setAbsent(false)
	tb.until(`document.querySelector("#banners").textContent === ""`)
	eval[any](tb, `history.back()`)
	tb.at("#/batch/12", "Batch 12")
	batch := s.finalize(t) // the subscription works again
	s.server.PublishBatch(&batch)
	tb.sees("main h1", "finalized")
}

// hostileText: what comes from elsewhere is text, wherever it is shown.
func hostileText(t *testing.T, tb *tab, s *site) {
	dropped := wire.Hash(s.waiting[2].ID).String()
	inToken := s.done[0]
	for _, tr := range s.done {
		if tr.Signed.From%4 == 2 {
			inToken = tr
		}
	}
	s.set(func(sync *api.Sync) { sync.Halted = hostileProblem })
	for _, at := range []struct{ hash, selector, text string }{
		{"#/tokens", section("Tokens of this rollup") + " bdi", hostileSymbol[:15]},
		{"#/tokens", section("Rollup"), hostileVersion},
		{"#/tokens", "#foot", hostileVersion},
		{"#/batch/13", section("Summary"), hostileProblem},
		{"#/batch/13", "#banners", hostileProblem},
		{"#/transfer/" + dropped, section("Dropped"), hostileReason},
		{"#/transfer/" + wire.Hash(inToken.ID).String(), section("Summary") + " bdi", hostileSymbol[:15]},
		{"#/account/2", section("Balance") + " bdi", hostileSymbol[:15]},
		{"#/search?q=" + `%3Cimg%20src%3Dx%20onerror%3D%22window.hacked%3D1%22%3E`, "main h1", `<img src=x onerror="window.hacked=1">`},
		{`#/owner/"><script>window.hacked=1</script>`, "main h1", "Not found"},
		{`#/batches?before=<script>`, "main h1", "Batches"},
		{"#/queue", section("Deposits") + " bdi", hostileSymbol[:15]},
	} {
		tb.goTo(at.hash)
		tb.sees(at.selector, at.text)
	}
	if eval[bool](tb, `"hacked" in window || document.querySelector("main img, main script, main iframe, #banners script, #foot iframe, main svg[onload]") !== null`) {
		t.Error("hostile text became more than text")
	}
	// Were it inserted as HTML, the policy would not have it.
	if got := eval[string](tb, `(() => { try { document.body.insertAdjacentHTML("beforeend", "<b>x</b>"); return "inserted"; } catch (e) { return e.name; } })()`); got != "TypeError" {
		t.Errorf("HTML was inserted: %s", got)
	}
	tb.expect("policy: require-trusted-types-for trusted-types-sink")
	tb.expect("TrustedHTML")
}

// deepLinks: every view opens by its address alone, also on nothing.
func deepLinks(t *testing.T, tb *tab, s *site) {
	tb.at("#/nonsense", "Not found")
	tb.look("not-found")
	for i, at := range []struct{ hash, title, text string }{
		{"#/batches?before=6", "Batches", "below 6"},
		{"#/batch/15", "Batch 15", "The batch is not proven yet"},
		{"#/batch/6", "Batch 6", "Forced exits"},
		{"#/batch/999", "Not found", "this page looks again by itself"},
		{"#/batch/0", "Not found", "Nothing is here"},
		{"#/batch/9?before=1", "Batch 9", "None older"},
		{"#/transfers?before=20", "Transfers", "before number 20"},
		{"#/transfer/" + wire.Hash(s.waiting[0].ID).String(), "Transfer", "The operator signs a receipt when the transfer is executed"},
		{"#/account/4", "Account 4", "2 transfers waiting"},
		{"#/account/3", "Account 3", "token 3"}, // which is not in the list
		{"#/account/4000", "Not found", "Nothing is here"},
		{"#/account/4294967296", "That did not work", "The node says"},
		{"#/owner/0x" + strings.Repeat("9", 40), "Owner", "owns no account here"},
		{"#/accounts", "Accounts", "Active of late"},
		{"#/queue", "Queue", "the rollup"},
		{"#/tokens", "Tokens", "nobody: there are none"},
		{"#/search", "Search", "What can be searched for"},
	} {
		if i%4 == 0 { // as from elsewhere
			tb.run(chromedp.Navigate("about:blank"), chromedp.Navigate(s.url()+"/"+at.hash))
		} else {
			tb.goTo(at.hash)
		}
		tb.at(at.hash, at.title)
		tb.sees("main", at.text)
	}
	// What is not there is looked for again.
	tb.goTo("#/batch/16")
	tb.at("#/batch/16", "Not found")
	s.mu.Lock()
	s.batches = append(s.batches, api.Batch{Batch: ledger.Batch{Number: 16, FirstSeq: uint64(len(s.done)) + 1, Times: ledger.Times{Opened: s.now}}})
	s.mu.Unlock()
	tb.at("#/batch/16", "Batch 16")

	// A list is left at its end and found there again.
	tb.goTo("#/transfers")
	tb.at("#/transfers", "Transfers")
	tb.until(`document.querySelectorAll("main tbody tr").length === 25`)
	eval[any](tb, `window.scrollTo(0, 300)`)
	tb.until(`window.scrollY === 300`)
	eval[any](tb, `document.querySelector(".pages a").click()`) // a mouse would have scrolled there
	tb.until(`location.hash.startsWith("#/transfers?before=") && document.querySelector("main h1 small") && window.scrollY === 0`)
	eval[any](tb, `history.back()`)
	tb.until(`location.hash === "#/transfers" && window.scrollY === 300`)
	_ = t
}

// banners: frozen, paused and halted are said wherever one is.
func banners(t *testing.T, tb *tab, s *site) {
	tb.at("#/queue", "Queue")
	// Half a minute after the node's times, however long it took to come here.
	eval[any](tb, fmt.Sprintf(`Date.now = () => %d`, s.now+30_000))
	tb.goTo("#/tokens")
	tb.at("#/tokens", "Tokens")
	tb.goTo("#/queue")
	tb.sees(section("Deposits"), "in 3 h 59 min", "in 6 d", "none yet")
	tb.click(section("Deposits") + ` a[href="#/batch/11"]`) // which has one of them
	tb.at("#/batch/11", "Batch 11")
	tb.goTo("#/queue")
	tb.sees(section("Forced exits"), "12")
	tb.look("queue-light")
	s.set(func(sync *api.Sync) {
		sync.Head.Frozen, sync.Paused, sync.Halted = true, true, "a sealed batch is not valid: run quire fsck"
	})
	tb.sees("#said", "The node has halted. The rollup is frozen. The node takes no transfers at the moment.")
	tb.sees("#banners", "The rollup is frozen.", "The node takes no transfers at the moment.", "a sealed batch is not valid: run quire fsck")
	tb.look("banners-light")
	tb.goTo("#/owner/" + wire.Address(owner(2)).String())
	tb.sees(section("Withdrawals and exits"), "quire exit escape", "quire exit refund")
	s.mu.Lock()
	s.queue.Deposits[0].Time = (s.now - uint64((8 * 24 * time.Hour).Milliseconds())) / 1000
	s.mu.Unlock()
	tb.goTo("#/queue")
	tb.sees(section("Deposits"), "overdue")
	tb.sees(section("Overdue"), "quire exit freeze")
	tb.colours("dark")
	tb.look("banners-dark")
	s.set(func(sync *api.Sync) { sync.Head.Frozen, sync.Paused, sync.Halted = false, false, "" })
	tb.until(`document.querySelector("#banners").textContent === ""`)
	_ = t
}

// phone: nothing is wider than a small screen, and what is tapped is large enough.
func phone(t *testing.T, tb *tab, s *site) {
	tb.run(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile, chromedp.EmulateTouch))
	id := wire.Hash(s.done[100].ID).String()
	for _, at := range []struct{ hash, title, name string }{
		{"#/", "Overview", "overview"}, {"#/batches", "Batches", "batches"}, {"#/batch/1", "Batch 1", "batch"}, {"#/batch/13", "Batch 13", "problem"},
		{"#/transfers", "Transfers", "transfers"}, {"#/transfer/" + id, "Transfer", "transfer"}, {"#/accounts", "Accounts", "accounts"},
		{"#/account/5", "Account 5", "account"}, {"#/account/2", "Account 2", "account-hostile"}, {"#/queue", "Queue", "queue"}, {"#/tokens", "Tokens", "tokens"},
		{"#/owner/" + wire.Address(owner(5)).String(), "Owner", "owner"}, {"#/search?q=12", "Search", "search"},
	} {
		tb.goTo(at.hash)
		tb.at(at.hash, at.title)
		if at.name == "account" {
			tb.click(section("Proof against layer 1") + " button")
			tb.sees(section("Proof against layer 1"), "16 levels of three")
		}
		if hidden := eval[string](tb, `[...document.querySelectorAll(".scroll, dd, .note")].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent.slice(0, 60)).join(" | ")`); hidden != "" {
			t.Errorf("%s hides a part to the side: %s", at.hash, hidden)
		}
		if width := eval[int](tb, `document.documentElement.scrollWidth`); width > 360 {
			t.Errorf("%s is %d pixels wide on a screen of 360: %s", at.hash, width, eval[string](tb, `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > 361 && !e.closest(".tabs")).map((e) => e.tagName + "." + e.className).join(" ")`))
		}
		tb.look("phone-" + at.name)
	}
	tb.colours("dark")
	tb.goTo("#/batch/12")
	tb.at("#/batch/12", "Batch 12")
	tb.look("phone-batch-dark")
}

// keyboard: everything is reached without a mouse, and said to who does not see it.
func keyboard(t *testing.T, tb *tab, s *site) {
	tb.at("", "Overview")
	tb.run(chromedp.KeyEvent("\t"))
	tb.until(`document.activeElement.id === "skip"`)
	tb.run(chromedp.KeyEvent("\r"))
	tb.until(`document.activeElement.id === "main" && location.hash === ""`)
	tb.run(chromedp.KeyEvent("/"))
	tb.until(`document.activeElement.id === "query"`)
	tb.search("batch 7") // the slash that was sent has been typed too, which a real key's is not
	tb.at("#/batch/7", "Batch 7")
	tb.until(`document.activeElement === document.querySelector("main h1")`)
	tb.until(`document.title === "Batch 7 · Quire explorer"`)
	for _, at := range []struct{ hash, title string }{
		{"#/", "Overview"}, {"#/batches", "Batches"}, {"#/batch/1", "Batch 1"}, {"#/transfers", "Transfers"}, {"#/accounts", "Accounts"},
		{"#/account/5", "Account 5"}, {"#/queue", "Queue"}, {"#/tokens", "Tokens"}, {"#/search?q=12", "Search"},
	} {
		tb.goTo(at.hash)
		tb.at(at.hash, at.title)
		var faults []string
		if err := json.Unmarshal([]byte(eval[string](tb, auditScript)), &faults); err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults {
			t.Errorf("%s: %s", at.hash, fault)
		}
		for _, scheme := range []string{"dark", "light"} {
			tb.colours(scheme)
			if err := json.Unmarshal([]byte(eval[string](tb, contrastScript)), &faults); err != nil {
				t.Fatal(err)
			}
			for _, fault := range faults {
				t.Errorf("%s, %s: %s", at.hash, scheme, fault)
			}
		}
	}
}
