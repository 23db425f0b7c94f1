package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
)

func (a *app) circuit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "circuit", Short: "What circuits there are, and what they cost",
		Long:    "A circuit proves one batch of a fixed shape.",
		Example: "  quire circuit shapes\n  quire circuit stats --shape small",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usageError(fmt.Errorf("circuit: name a subcommand: shapes or stats"))
		},
	}
	cmd.AddCommand(a.circuitShapes(), a.circuitStats())
	return cmd
}

func (a *app) circuitShapes() *cobra.Command {
	return a.command("shapes", "List the shapes and their capacities",
		"A shape is the capacities that fix one circuit and its keys.", "  quire circuit shapes",
		func(context.Context) error {
			type entry struct {
				Name        string `json:"name"`
				Transfers   int    `json:"transfers"`
				Openings    int    `json:"openings"`
				LayerOne    int    `json:"layerOne"`
				FeeAccounts int    `json:"feeAccounts"`
				Exits       int    `json:"exits"`
				Accounts    int    `json:"accounts"`
				Nodes       int    `json:"nodes"`
			}
			var entries []entry
			for _, s := range circuits.Shapes() {
				entries = append(entries, entry{s.Name, s.Transfers, s.Openings, s.LayerOne, s.FeeAccounts, s.Exits, s.Accounts, s.Nodes})
			}
			return a.print(entries, func(out io.Writer) error {
				w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
				fmt.Fprintln(w, "shape\ttransfers\topenings\tlayer-1\tfee accounts\texits\taccounts\tnodes\t")
				for _, e := range entries {
					fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", e.Name, e.Transfers, e.Openings, e.LayerOne, e.FeeAccounts, e.Exits, e.Accounts, e.Nodes)
				}
				return w.Flush()
			})
		})
}

// circuitStats is what circuit stats prints.
type circuitStats struct {
	Shape                  string         `json:"shape"`
	Constraints            int            `json:"constraints"`
	ConstraintsPerTransfer float64        `json:"constraintsPerTransfer"`
	SignaturePerTransfer   float64        `json:"signaturePerTransfer"`
	ConstraintsPerNode     float64        `json:"constraintsPerNode"`
	Sections               map[string]int `json:"sections"`
	NonZeros               int            `json:"nonZeros"`
	CommittedWires         int            `json:"committedWires"`
	Digest                 string         `json:"digest"`
}

func (a *app) circuitStats() *cobra.Command {
	var shape string
	cmd := a.command("stats", "Count a circuit's constraints",
		`Stats compiles a shape's circuit and counts its constraints, in all, per transfer
and by section, and the non-zeros of its matrices. The digest is the SHA-256 of
the constraint system: what keys are made for.`,
		"  quire circuit stats --shape t512 --json",
		func(ctx context.Context) error {
			chosen, err := shapeByName(shape)
			if err != nil {
				return err
			}
			a.say("compile " + shape)
			circuit, s, err := measure(ctx, chosen)
			if err != nil {
				return err
			}
			transfers, nodes := float64(s.Shape.Transfers), float64(s.Shape.Nodes)
			result := circuitStats{
				Shape: shape, Constraints: s.Constraints, ConstraintsPerTransfer: float64(s.Constraints) / transfers,
				SignaturePerTransfer: float64(s.Section(batch.SectionSignatures)) / transfers,
				ConstraintsPerNode:   float64(s.Section(batch.SectionNodes)) / nodes,
				Sections:             make(map[string]int), NonZeros: s.NonZeros, CommittedWires: s.Committed,
				Digest: circuit.Digest().String(),
			}
			for _, section := range s.Sections {
				result.Sections[section.Name] = section.Constraints
			}
			return a.print(result, func(out io.Writer) error {
				w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
				fmt.Fprintf(w, "constraints\t%d\t%.1f per transfer\n", s.Constraints, result.ConstraintsPerTransfer)
				for _, section := range s.Sections {
					fmt.Fprintf(w, "  %s\t%d\t%.1f per transfer\n", section.Name, section.Constraints, float64(section.Constraints)/transfers)
				}
				fmt.Fprintf(w, "per touched node\t%.1f\n", result.ConstraintsPerNode)
				fmt.Fprintf(w, "non-zeros\t%d\t%.1f per constraint\n", s.NonZeros, float64(s.NonZeros)/float64(s.Constraints))
				fmt.Fprintf(w, "committed wires\t%d\n", s.Committed)
				fmt.Fprintf(w, "digest\t%s\n", result.Digest)
				return w.Flush()
			})
		})
	shapeFlag(cmd, &shape, "")
	return cmd
}
