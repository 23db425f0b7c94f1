package main

import (
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/quirezk/quire/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"quire": func() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the command line as a person would. All scripts share one
// key store, so that only the first makes keys.
func TestScripts(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("QUIRE_KEYS", keys)
			env.Setenv("QUIRE_STATE", filepath.Join(env.WorkDir, "state"))
			env.Values[rollupKey{}] = new(*rollup)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":    code,
			"refused": refused,
			"json":    checkJSON,
			// A rollup on layer 1, and what happens there: rollup_test.go.
			"rollup":  rollupCommand,
			"deposit": depositCommand,
			"settle":  settleCommand,
			"pay":     payCommand,
			"advance": advanceCommand,
			"balance": balanceCommand,
			"clef":    clefCommand,
			"deaf":    deafCommand,
			"sent":    sentCommand,
		},
	})
}

// code N command...: runs a command and expects the exit code N.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command [args]")
	}
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = strconv.Itoa(exit.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %s, want %s", got, want)
	}
}

// json member...: the last command printed one JSON value and nothing else, an
// object with these members or a list of such objects.
func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: json member...")
	}
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &value)) // one value: it refuses more
	entries, ok := value.([]any)
	if !ok {
		entries = []any{value}
	}
	for _, entry := range entries {
		object, _ := entry.(map[string]any)
		for _, member := range args {
			if v, ok := object[member]; !ok || v == nil {
				ts.Fatalf("no %q in %v", member, entry)
			}
		}
	}
}

// refused N pattern command...: runs a command and expects the exit code N, an
// error message that matches the pattern, nothing on standard output, and all
// files as they were: none added, none changed, nothing half written.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: refused N pattern command [args]")
	}
	pattern, err := regexp.Compile("(?s)^quire: .*" + args[1])
	ts.Check(err)
	before := files(ts)
	code(ts, false, append([]string{args[0]}, args[2:]...))
	if message := ts.ReadFile("stderr"); !pattern.MatchString(message) {
		ts.Fatalf("the message does not match %q", pattern)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("standard output: %q", out)
	}
	after := files(ts)
	for path, digest := range before {
		if after[path] != digest {
			ts.Fatalf("%s has changed or is gone", path)
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			ts.Fatalf("%s was left behind", path)
		}
	}
}

// files returns the digests of all files of a script, keys and rebuilt states
// aside.
func files(ts *testscript.TestScript) map[string][sha256.Size]byte {
	digests := make(map[string][sha256.Size]byte)
	keys, states := ts.Getenv("QUIRE_KEYS"), ts.Getenv("QUIRE_STATE")
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case (path == keys || path == states) && entry.IsDir():
			return fs.SkipDir
		case !entry.Type().IsRegular():
			digests[path] = [sha256.Size]byte{}
			return nil
		}
		content, err := os.ReadFile(path)
		digests[path] = sha256.Sum256(content)
		return err
	}))
	return digests
}
