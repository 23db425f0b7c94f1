package explorer

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, h http.Handler, method, path string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHandlerServes(t *testing.T) {
	h := Handler()
	for _, tc := range []struct{ path, mediaType, has string }{
		{"/", "text/html; charset=utf-8", "<!doctype html>"},
		{"/?from=elsewhere", "text/html; charset=utf-8", "<!doctype html>"},
		{Prefix + "app.js", "text/javascript; charset=utf-8", "import "},
		{Prefix + "views/overview.js", "text/javascript; charset=utf-8", "export function overview"},
		{Prefix + "style.css", "text/css; charset=utf-8", "color-scheme"},
		{Prefix + "icon.svg", "image/svg+xml", "<svg"},
	} {
		r := get(t, h, "GET", tc.path, nil)
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != tc.mediaType {
			t.Errorf("%s: %s, %q", tc.path, r.Status, r.Header.Get("Content-Type"))
		}
		if !strings.Contains(text(t, r), tc.has) {
			t.Errorf("%s does not contain %q", tc.path, tc.has)
		}
		if body := text(t, get(t, h, "HEAD", tc.path, nil)); body != "" {
			t.Errorf("HEAD %s has a body of %d bytes", tc.path, len(body))
		}
	}
}

func TestHandlerRefuses(t *testing.T) {
	h := Handler()
	for _, tc := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/index.html", http.StatusNotFound},
		{"GET", "/batches", http.StatusNotFound},
		{"GET", Prefix, http.StatusNotFound},
		{"GET", Prefix + "views", http.StatusNotFound},
		{"GET", Prefix + "views/", http.StatusNotFound},
		{"GET", Prefix + "index.html", http.StatusNotFound},
		{"GET", Prefix + "../handler.go", http.StatusNotFound},
		{"GET", Prefix + "%2e%2e/handler.go", http.StatusNotFound},
		{"GET", "/explorer//app.js", http.StatusNotFound},
		{"POST", "/", http.StatusMethodNotAllowed},
		{"PUT", Prefix + "app.js", http.StatusMethodNotAllowed},
		{"OPTIONS", "/", http.StatusMethodNotAllowed},
	} {
		r := get(t, h, tc.method, tc.path, nil)
		if r.StatusCode != tc.status {
			t.Errorf("%s %s: %s, want %d", tc.method, tc.path, r.Status, tc.status)
		}
		if allow := r.Header.Get("Allow"); (allow == "GET, HEAD") != (tc.status == http.StatusMethodNotAllowed) {
			t.Errorf("%s %s: Allow is %q", tc.method, tc.path, allow)
		}
		if body := text(t, r); strings.Contains(body, "<") || strings.Contains(body, ".js") {
			t.Errorf("%s %s lists something: %s", tc.method, tc.path, body)
		}
	}
}

func TestHandlerCaches(t *testing.T) {
	h := Handler()
	tags := make(map[string]string)
	for path := range mustLoad(t) {
		r := get(t, h, "GET", path, nil)
		tag := r.Header.Get("ETag")
		if r.Header.Get("Cache-Control") != "no-cache" || !regexp.MustCompile(`^"[0-9a-f]{32}"$`).MatchString(tag) {
			t.Errorf("%s: Cache-Control %q, ETag %s", path, r.Header.Get("Cache-Control"), tag)
		}
		if other, ok := tags[tag]; ok {
			t.Errorf("%s and %s share a tag", path, other)
		}
		tags[tag] = path
		if r := get(t, h, "GET", path, map[string]string{"If-None-Match": tag}); r.StatusCode != http.StatusNotModified || text(t, r) != "" {
			t.Errorf("%s with its tag: %s", path, r.Status)
		}
		if r := get(t, h, "GET", path, map[string]string{"If-None-Match": `"0"`}); r.StatusCode != http.StatusOK {
			t.Errorf("%s with another tag: %s", path, r.Status)
		}
	}
	if r := get(t, h, "GET", "/nothing", nil); r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("ETag") != "" {
		t.Errorf("what is not there is cached: %v", r.Header)
	}
}

// TestHandlerPolicy: every answer forbids what a page of hostile data could do.
func TestHandlerPolicy(t *testing.T) {
	h := Handler()
	for _, request := range [][2]string{{"GET", "/"}, {"GET", Prefix + "app.js"}, {"GET", "/nothing"}, {"POST", "/"}} {
		header := get(t, h, request[0], request[1], nil).Header
		directives := strings.Split(header.Get("Content-Security-Policy"), "; ")
		for _, want := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "base-uri 'none'",
			"form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
		} {
			if !slices.Contains(directives, want) {
				t.Errorf("%v: the policy lacks %q: %q", request, want, directives)
			}
		}
		if strings.Contains(header.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%v: %q", request, directives)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%v: %s is %q, want %q", request, name, got, want)
			}
		}
	}
}

// TestPageIsSelfContained: nothing is loaded from elsewhere, nothing is inline,
// nothing parses HTML, and every module that is imported is there.
func TestPageIsSelfContained(t *testing.T) {
	assets := mustLoad(t)
	imports := regexp.MustCompile(`(?m)(?:from|import) "(\.[^"]+)"`)
	elsewhere := regexp.MustCompile(`https?://[^\s"'<)]+`)
	banned := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTMLUnsafe|\beval\(|new Function|javascript:`)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:>| [^>]*>[^<])`)
	for path, a := range assets {
		content := string(a.content)
		for _, url := range elsewhere.FindAllString(content, -1) {
			if url != "http://www.w3.org/2000/svg" { // a name, not a place
				t.Errorf("%s names %s", path, url)
			}
		}
		if found := banned.FindString(content); found != "" {
			t.Errorf("%s has %q", path, found)
		}
		if path == "/" {
			if found := inline.FindString(content); found != "" {
				t.Errorf("%s has %q inline", path, found)
			}
			for _, m := range regexp.MustCompile(`(?:src|href)="(explorer/[^"]+)"`).FindAllStringSubmatch(content, -1) {
				if _, ok := assets["/"+m[1]]; !ok {
					t.Errorf("%s names %s, which is not there", path, m[1])
				}
			}
		}
		for _, m := range imports.FindAllStringSubmatch(content, -1) {
			if _, ok := assets[resolve(path, m[1])]; !ok {
				t.Errorf("%s imports %s, which is not there", path, m[1])
			}
		}
	}
}

// resolve is the path that a module's import means.
func resolve(from, to string) string {
	r := httptest.NewRequest("GET", from, nil)
	u, err := r.URL.Parse(to)
	if err != nil {
		return ""
	}
	return u.Path
}

func TestLoadRefuses(t *testing.T) {
	for name, files := range map[string]fs.FS{
		"no directory":     fstest.MapFS{},
		"unknown kind":     fstest.MapFS{"web/notes.txt": {Data: []byte("x")}},
		"unknown kind too": fstest.MapFS{"web/a.js": {Data: []byte("x")}, "web/views/.swp": {Data: []byte("x")}},
	} {
		if _, err := load(files); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func mustLoad(t *testing.T) map[string]asset {
	t.Helper()
	assets, err := load(web)
	if err != nil {
		t.Fatal(err)
	}
	return assets
}
