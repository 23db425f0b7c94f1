package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/reconstruct"
	"github.com/quirezk/quire/l1submit/signer"
)

// TestLayerOneErrors: each cause has its exit code, also where it is wrapped.
func TestLayerOneErrors(t *testing.T) {
	for want, causes := range map[int][]error{
		ExitFailure: {exits.ErrNode, exits.ErrForeignKeys, signer.ErrUnreachable, errors.New("anything")},
		ExitUsage:   {exits.ErrChain, l1submit.ErrNoDeployment, l1submit.ErrNotRollup, l1submit.ErrElementRange, exits.ErrTokenUnknown, usageError(exits.ErrFrozen)},
		ExitInput:   {inputError(signer.ErrPassword)},
		ExitRefused: {exits.ErrFrozen, exits.ErrNotOwner, new(l1submit.RevertError), signer.ErrRefused},
	} {
		for _, cause := range causes {
			err := layerOneError(fmt.Errorf("wrapped: %w", cause))
			got := ExitFailure
			var exit *exitError
			if errors.As(err, &exit) {
				got = exit.code
			}
			if got != want || !errors.Is(err, cause) {
				t.Errorf("%v: code %d, want %d", err, got, want)
			}
		}
	}
	if layerOneError(nil) != nil {
		t.Error("no error became one")
	}
}

// TestInterruptedTransaction: who stops a command learns what it has sent.
func TestInterruptedTransaction(t *testing.T) {
	if got := notMined(context.Canceled).Error(); got != "interrupted" {
		t.Errorf("%q", got)
	}
	sent := fmt.Errorf("claim: %w: 0x1234: %w", l1submit.ErrNotMined, context.Canceled)
	if got := notMined(sent).Error(); !strings.HasPrefix(got, "interrupted: ") || !strings.Contains(got, "0x1234") || !strings.Contains(got, "look for it") {
		t.Errorf("%q", got)
	}
}

// TestRebuildingDisplay plays a reconstruction to a terminal that is a buffer.
func TestRebuildingDisplay(t *testing.T) {
	var out bytes.Buffer
	d := &display{out: &out}
	for _, p := range []reconstruct.Progress{
		{Start: 10, Block: 10, Target: 10}, // nothing to read
		{Start: 10, Block: 50, Target: 110},
		{Start: 10, Block: 110, Target: 110, Final: 8},
		{Start: 10, Block: 110, Target: 110, Final: 8, Applied: 8},
	} {
		d.rebuilding(p)
	}
	d.close()
	for _, says := range []string{"read blocks", "replay batches"} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("%q does not say %q", out.String(), says)
		}
	}
	if d.bar != nil || strings.Contains(out.String(), "\n") {
		t.Errorf("the bar is left behind: %q", out.String())
	}
}
