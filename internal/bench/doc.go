// Package bench holds what spans packages: benchmarks that prove whole batches
// of the large shapes, and the golden files of what the shapes compile to. It has
// no code of its own.
package bench
