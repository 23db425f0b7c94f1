package explorer

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed web
var web embed.FS

// Prefix is where the page's parts are, beside the page itself, which is at /.
const Prefix = "/explorer/"

// policy is the content security policy of the page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// types are the media types of what is embedded, by extension. They do not depend
// on the machine that serves them.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// asset is an embedded file as it is served.
type asset struct {
	content   []byte
	mediaType string
	etag      string
}

// Handler serves the page at / and its parts under [Prefix]. Everything else is not
// found, and every method but GET and HEAD not allowed. It is stateless and may be
// used from any number of goroutines.
//
// Browsers are told to ask each time whether what they have is still good, which
// costs an answer without a body: parts of two versions never meet.
func Handler() http.Handler {
	assets, err := load(web)
	if err != nil {
		panic(err) // what is embedded was there at compile time, and a test loads it
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "the explorer is only read", http.StatusMethodNotAllowed)
			return
		}
		a, ok := assets[r.URL.Path]
		if !ok {
			header.Set("Cache-Control", "no-store")
			http.Error(w, "there is nothing here: the explorer is at /", http.StatusNotFound)
			return
		}
		header.Set("Content-Type", a.mediaType)
		header.Set("Cache-Control", "no-cache")
		header.Set("ETag", a.etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
	})
}

// load reads what is embedded, by the paths that it is served at.
func load(files fs.FS) (map[string]asset, error) {
	assets := make(map[string]asset)
	root, err := fs.Sub(files, "web")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		mediaType, ok := types[path.Ext(name)]
		if !ok {
			return fmt.Errorf("explorer: %s: no media type for it", name)
		}
		sum := sha256.Sum256(content)
		at := Prefix + name
		if name == "index.html" {
			at = "/"
		}
		assets[at] = asset{content: content, mediaType: mediaType, etag: `"` + hex.EncodeToString(sum[:16]) + `"`}
		return nil
	})
	return assets, err
}
