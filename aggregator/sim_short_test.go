//go:build !long

package aggregator

// simSeeds is how many histories are simulated.
const simSeeds = 40
