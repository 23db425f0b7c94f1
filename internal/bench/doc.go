// Package bench holds the benchmarks that span packages: proving whole batches
// of the large shapes. It has no code of its own.
package bench
