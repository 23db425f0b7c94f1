//go:build long

package node

// defaultKills is how often TestKilled kills the node.
const defaultKills = 1000
