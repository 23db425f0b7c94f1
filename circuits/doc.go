// Package circuits is the root of Quire's zero-knowledge circuits: gadget/*
// (one concept each), batch (the circuit that joins them), orient (which factor
// of a constraint costs what), and the registry of shapes. Circuits see frontend
// variables and shapes, never storage or files.
//
// docs/soundness.md holds the argument for each gadget and for the whole.
package circuits
