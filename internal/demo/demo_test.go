package demo_test

import (
	"testing"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/internal/demo"
)

// TestTransfersToAcceptance runs the real provers from transfers to the EVM's
// acceptance on the smallest shape.
func TestTransfersToAcceptance(t *testing.T) {
	shape, err := circuits.ShapeByName("tiny")
	if err != nil {
		t.Fatal(err)
	}
	report, err := demo.Run(t.Context(), demo.Options{Shape: shape, Store: demo.TestStore})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Accepted || report.Transfers != shape.Transfers || len(report.Batches) != 2 {
		t.Errorf("report: %+v", report)
	}
	if report.OldCommitment == report.NewCommitment || report.Gas == 0 {
		t.Errorf("commitments %s and %s, gas %d", report.OldCommitment, report.NewCommitment, report.Gas)
	}
	// 88 bytes of header, one fee account, one exit, 13 bytes per transfer.
	if want := 88 + 8 + 40 + 13*report.Transfers; report.PublishedBytes != want {
		t.Errorf("published %d bytes, want %d", report.PublishedBytes, want)
	}
	rebuilt := report.Reconstruction
	if rebuilt.Batches != 2 || rebuilt.Transfers != uint64(report.Transfers) || rebuilt.Commitment != report.NewCommitment {
		t.Errorf("rebuilt from layer 1: %+v", rebuilt)
	}
	t.Logf("%+v", report)
}
