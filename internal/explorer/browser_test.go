package explorer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/sys/unix"

	"github.com/quirezk/quire/aggregator/api"
)

// chromium is Debian's.
const chromium = "/usr/bin/chromium"

// patience is how long anything may take to show. Nothing waits for it but a test
// that fails.
const patience = 2 * time.Minute

// browser starts a browser, or skips the test if there is none and none is required.
func browser(t *testing.T) context.Context {
	t.Helper()
	if _, err := os.Stat(chromium); errors.Is(err, fs.ErrNotExist) {
		const missing = chromium + " is missing, so the page is not tried in a browser: apt-get install chromium"
		if os.Getenv("QUIRE_BROWSER") == "required" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium), chromedp.WSURLReadTimeout(patience), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"),
	}
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", chromium, err)
	}
	return ctx
}

// site is a node's public listener in front of a fake node.
type site struct {
	*fake
	address string
	sockets bool // whether the page may open WebSockets
	server  *api.Server
	http    *http.Server
}

func newSite(t *testing.T, sockets bool) *site {
	t.Helper()
	s := &site{fake: newFake(t), address: reserve(t), sockets: sockets}
	s.start(t)
	t.Cleanup(s.stop)
	return s
}

// reserve returns an address that is the test's until it ends. A socket that is
// bound to it, and does not listen, keeps the kernel from giving the port to others
// while the node is away; whoever connects then is refused.
func reserve(t *testing.T) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	})
	unix.CloseOnExec(fd)
	// As net.Listen does: a port can be bound twice if both allow it, and at most one
	// listens.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", bound.(*unix.SockaddrInet4).Port)
}

func (s *site) url() string { return "http://" + s.address }

// start listens, on the same port each time.
func (s *site) start(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	options := api.Options{Pages: Handler(), Rate: -1, Logger: slog.New(slog.DiscardHandler)}
	s.server, err = api.New(s.fake, options)
	if err != nil {
		t.Fatal(err)
	}
	handler := s.server.Handler()
	if !s.sockets { // as behind a proxy that does not pass upgrades on
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Upgrade") != "" {
				http.Error(w, "no WebSockets here", http.StatusForbidden)
				return
			}
			s.server.Handler().ServeHTTP(w, r)
		})
	}
	s.http = &http.Server{Handler: handler}
	go func() { _ = s.http.Serve(l) }() // ends with stop
}

// stop ends the node, as a crash would.
func (s *site) stop() {
	_ = s.http.Close() // it only was listening
	s.server.Close()
}

// tab is a page that is looked at.
type tab struct {
	*testing.T
	ctx  context.Context
	site *site

	mu         sync.Mutex
	complaints []string // of the browser, about the page
	absent     bool     // the node is: it is no complaint that it cannot be reached
	refusals   int      // WebSockets that a site without them refused: no complaints either
}

// open opens a page in a tab of its own.
func open(t *testing.T, browser context.Context, s *site, path string) *tab {
	t.Helper()
	tb := &tab{T: t, site: s}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(tb.listen))
	t.Cleanup(cancel)
	tb.ctx = ctx
	// The tab lives as long as the context of what is done with it first.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	tb.run(chromedp.EmulateViewport(1280, 900))
	// Whatever violates the policy is to say so here as well. Tests ask what the node
	// has subscribed the page to.
	const watch = `addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI));
		window.subscribed = [];
		window.WebSocket = class extends WebSocket {
			asked = new Map();
			constructor(...args) {
				super(...args);
				this.addEventListener("message", ({ data }) => {
					const { id, result } = JSON.parse(data);
					if (this.asked.has(id) && typeof result === "string") window.subscribed.push(this.asked.get(id));
				});
			}
			send(data) {
				const { id, method, params } = JSON.parse(data);
				if (method === "quire_subscribe") this.asked.set(id, params[0]);
				super.send(data);
			}
		}`
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}); err != nil {
		t.Fatal(err)
	}
	tb.run(chromedp.Navigate(s.url() + "/" + path))
	t.Cleanup(func() {
		tb.mu.Lock()
		defer tb.mu.Unlock()
		for _, c := range tb.complaints {
			t.Errorf("the browser complains: %s", c)
		}
	})
	return tb
}

func (tb *tab) listen(event any) {
	var complaint string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		complaint = fmt.Sprintf("exception: %s", description(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			complaint = "console:"
			for _, arg := range e.Args {
				complaint += fmt.Sprintf(" %s%s", arg.Value, arg.Description)
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			complaint = fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
	if complaint == "" {
		return
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	socket := strings.Contains(complaint, "WebSocket connection to")
	if socket && !tb.site.sockets { // the page tries again and again
		tb.refusals++
		return
	}
	if tb.absent && (socket || strings.Contains(complaint, "net::ERR_")) {
		return
	}
	tb.complaints = append(tb.complaints, complaint)
}

// expect waits for a complaint that a test provokes, and takes it out.
func (tb *tab) expect(part string) {
	tb.Helper()
	tb.hears(fmt.Sprintf("a complaint of %q", part), func() bool {
		i := slices.IndexFunc(tb.complaints, func(c string) bool { return strings.Contains(c, part) })
		if i >= 0 {
			tb.complaints = slices.Delete(tb.complaints, i, i+1)
		}
		return i >= 0
	})
}

// hears waits for what the browser tells. done is called with mu held.
func (tb *tab) hears(what string, done func() bool) {
	tb.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		tb.mu.Lock()
		heard := done()
		tb.mu.Unlock()
		if heard {
			return
		}
		tb.run(chromedp.Sleep(10 * time.Millisecond))
	}
	tb.Fatalf("the browser does not tell of %s", what)
}

func (tb *tab) setAbsent(absent bool) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.absent = absent
}

func description(e *runtime.ExceptionDetails) string {
	if e.Exception != nil {
		return e.Exception.Description
	}
	return e.Text
}

func (tb *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		tb.Fatalf("%v; the page: %s", err, tb.text())
	}
}

// text is what the page shows, for messages.
func (tb *tab) text() string {
	ctx, cancel := context.WithTimeout(tb.ctx, time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.hash + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// eval evaluates an expression.
func eval[T any](tb *tab, expression string) T {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true.
func (tb *tab) until(expression string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(40*time.Millisecond))); err != nil {
		tb.Fatalf("waiting for %s: %v; the page: %s", expression, err, tb.text())
	}
}

func js(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(b)
}

// sees waits until what a selector finds has all these texts in it.
func (tb *tab) sees(selector string, texts ...string) {
	tb.Helper()
	for _, text := range texts {
		tb.until(fmt.Sprintf(`[...document.querySelectorAll(%s)].some((e) => e.textContent.includes(%s))`, js(selector), js(text)))
	}
}

// at waits until a view is shown, by its title and address.
func (tb *tab) at(hash, title string) {
	tb.Helper()
	tb.until(fmt.Sprintf(`location.hash === %s && document.querySelector("main h1")?.textContent.startsWith(%s) && !document.querySelector("main").hasAttribute("aria-busy")`, js(hash), js(title)))
}

func (tb *tab) click(selector string) {
	tb.Helper()
	tb.run(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// goTo goes to a view, as a link does.
func (tb *tab) goTo(hash string) {
	tb.Helper()
	eval[any](tb, "location.hash = "+js(hash))
}

func (tb *tab) search(text string) {
	tb.Helper()
	eval[any](tb, `document.querySelector("#query").value = ""`)
	tb.run(chromedp.SendKeys(chromedp.CSS("#query"), text+kb.Enter))
}

// section is a selector of a titled part of the page.
func section(title string) string { return fmt.Sprintf(`section[aria-label=%q]`, title) }

// look takes a picture for whoever wants to see: QUIRE_SCREENSHOTS names the
// directory.
func (tb *tab) look(name string) {
	tb.Helper()
	dir := os.Getenv("QUIRE_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(dir+"/"+name+".png", picture, 0o644); err != nil {
		tb.Fatal(err)
	}
}

func (tb *tab) colours(scheme string) {
	tb.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
	if _, err := chromedp.Call(tb.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		tb.Fatal(err)
	}
}
