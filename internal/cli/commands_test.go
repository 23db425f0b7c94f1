package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// everyCommand calls f for the program and all its commands, cobra's own left out.
func everyCommand(f func(*cobra.Command)) {
	a := &app{stdout: io.Discard, stderr: io.Discard}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		f(cmd)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(a.root())
}

// TestEveryCommandHelps: help with an example for each command, --json with
// each, and a line in docs/cli.md for each that does something.
func TestEveryCommandHelps(t *testing.T) {
	text, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	everyCommand(func(cmd *cobra.Command) {
		commands++
		path := cmd.CommandPath()
		if cmd.Short == "" || cmd.Long == "" || !strings.Contains(cmd.Example, path) {
			t.Errorf("%s: short %q, long %q, example %q", path, cmd.Short, cmd.Long, cmd.Example)
		}
		if cmd.InheritedFlags().Lookup("json") == nil && cmd.PersistentFlags().Lookup("json") == nil {
			t.Errorf("%s has no --json", path)
		}
		if !cmd.HasSubCommands() && !strings.Contains(string(text), "`"+path) {
			t.Errorf("docs/cli.md does not have %s", path)
		}
		var out, errs bytes.Buffer
		args := append(strings.Fields(path)[1:], "--help")
		if code := run(t.Context(), args, &out, &errs); code != ExitOK || errs.Len() != 0 {
			t.Errorf("%s --help: code %d, %q", path, code, errs.String())
		}
		if !strings.Contains(out.String(), "Examples:\n"+cmd.Example) || !strings.Contains(out.String(), "--json") {
			t.Errorf("%s --help prints no example or no --json:\n%s", path, out.String())
		}
	})
	if commands < 9 {
		t.Errorf("only %d commands", commands)
	}
}

// TestExitCodesAreDocumented: scripts rely on the numbers.
func TestExitCodesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	for code, begin := range map[int]string{
		ExitOK: "done", ExitFailure: "something failed", ExitUsage: "unknown command or flag",
		ExitInput: "an input file cannot be read", ExitRefused: "the batch is not valid", ExitInterrupted: "interrupted",
	} {
		if want := fmt.Sprintf("\n| %d | %s", code, begin); !strings.Contains(string(text), want) {
			t.Errorf("docs/cli.md has no line %q", want)
		}
	}
}
