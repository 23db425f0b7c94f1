package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	module   = "github.com/quirezk/quire"
	root     = "../.." // of the module, from here
	document = "docs/architecture.md"
)

// apart are the packages that the document gives no floor of their own.
var apart = map[string]string{
	"internal/cli":        "cmd/quire", // the commands' code
	"internal/demo":       "cmd/quire",
	"internal/exits":      "cmd/quire",
	"internal/node":       "cmd/quire",
	"internal/explorer":   "cmd/quire",
	"internal/load":       "cmd/quire",
	"internal/pinned":     "cmd/quire",
	"internal/rolluptest": "cmd/quire", // for their tests
	"internal/disktest":   ground,
	"internal/golden":     ground,
	"internal/guarded":    ground,
	"internal/interrupt":  ground,
	"internal/keyfile":    ground,
	"internal/rapidtest":  ground,
	"internal/standin":    ground,
	"internal/testtoken":  ground,
	"internal/bench":      roof,
	"internal/archtest":   roof,
	"internal/e2e":        roof,
	"contracts/tools":     roof,
}

const (
	ground = "the ground" // imports nothing of ours, anyone may import it
	roof   = "the roof"   // tools and measurements: import anything, nobody imports them
)

// upward are the imports that tests make against the rule, and why.
var upward = map[[2]string]string{
	{"circuits/batch", "witness"}: "protocol, circuit and witness are compared on the same batches",
}

// never are imports that a room must do without, as paths or their beginnings.
// Tests are free of it.
var never = map[string][]string{
	"protocol":  {"github.com/consensys/gnark/", "net", "github.com/ethereum/", "github.com/cockroachdb/"},
	"statetree": {"github.com/consensys/gnark/", "net", "github.com/ethereum/"},
	"circuits":  {"os", "io/fs", "net", "github.com/ethereum/", "github.com/cockroachdb/"}, // no storage, no files
	"witness":   {"os", "io/fs", "net", "github.com/ethereum/", "github.com/cockroachdb/"},
	"prover":    {"net", "github.com/ethereum/", "github.com/cockroachdb/"}, // no network
	// It names what it needs of provers and layer 1; wallets ask for passwords as
	// layer 1's signers do.
	"aggregator": {module + "/l1submit/txmgr", module + "/l1submit/watch", module + "/l1submit/reconstruct", module + "/l1submit/devnet"},
}

// floors reads the document's table: rooms and the floor that each is on.
func floors(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| (\d) \| (.*) \|$`)
	room := regexp.MustCompile("(?:^|· )`([a-z0-9/]+)`")
	found := map[string]int{ground: 0, roof: 100}
	for _, r := range row.FindAllStringSubmatch(string(text), -1) {
		floor, err := strconv.Atoi(r[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range room.FindAllStringSubmatch(r[2], -1) {
			found[name[1]] = floor
		}
	}
	return found
}

// within says whether a package or import path is at, or below, another.
func within(p, parent string) bool {
	return p == parent || strings.HasPrefix(p, strings.TrimSuffix(parent, "/")+"/")
}

// roomOf finds the room of a package, "" if it has none.
func roomOf(pkg string, rooms map[string]int) string {
	for p := pkg; p != "."; p = path.Dir(p) {
		if room, ok := apart[p]; ok {
			return room
		}
		if _, ok := rooms[p]; ok {
			return p
		}
	}
	return ""
}

// TestImportsGoDown: a package imports its own room and rooms on lower floors.
func TestImportsGoDown(t *testing.T) {
	rooms := floors(t)
	for name, floor := range map[string]int{"protocol": 1, "circuits": 2, "statetree": 2, "witness": 3, "l1submit": 3, "prover": 4, "aggregator": 4, "cmd/quire": 5} {
		if rooms[name] != floor {
			t.Fatalf("%s has %s on floor %d, want %d: read on by hand", document, name, rooms[name], floor)
		}
	}
	seen := make(map[string]bool)    // rooms with code
	used := make(map[[2]string]bool) // exceptions
	each(t, func(file, pkg string, imports []string) {
		test := strings.HasSuffix(file, "_test.go")
		room := roomOf(pkg, rooms)
		if room == "" {
			t.Errorf("%s: package %s has no room in %s, nor here", file, pkg, document)
			return
		}
		seen[room] = true
		for _, imported := range imports {
			for _, banned := range never[room] {
				if !test && within(imported, banned) {
					t.Errorf("%s imports %s: %s does without", file, imported, room)
				}
			}
			if !within(imported, module) {
				continue
			}
			target := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
			to := roomOf(target, rooms)
			switch {
			case to == room || rooms[to] < rooms[room] && to != "":
			case test && upward[[2]string{pkg, to}] != "":
				used[[2]string{pkg, to}] = true
			default:
				t.Errorf("%s (floor %d) imports %s (floor %d): imports go down", file, rooms[room], imported, rooms[to])
			}
		}
	})
	for name := range rooms {
		if !seen[name] {
			t.Errorf("no package found in %s", name)
		}
	}
	for exception := range upward {
		if !used[exception] {
			t.Errorf("nothing needs the exception %v any more", exception)
		}
	}
}

// each calls f for every Go file of the module, whatever its build tags, with its
// package's path within the module and its imports.
func each(t *testing.T, f func(file, pkg string, imports []string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if at != root && (name == "testdata" || name == "node_modules" || name[0] == '.' || name[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), at, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports := make([]string, len(syntax.Imports))
		for i, spec := range syntax.Imports {
			if imports[i], err = strconv.Unquote(spec.Path.Value); err != nil {
				return err
			}
		}
		file, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		file = filepath.ToSlash(file)
		f(file, path.Dir(file), imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
