//go:build long

package layerone

// followSeeds is how many random histories TestLanesFollow plays.
const followSeeds = 40
