// Package archtest has no code of its own: its test holds the module's imports to
// the floors of docs/architecture.md.
package archtest
