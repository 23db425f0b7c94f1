// Package archtest has no code of its own: its tests hold the module's imports to
// the floors of docs/architecture.md, and see that the tests which the documents and
// the contracts' list of mutants name are there, and have fixed seeds.
package archtest
