//go:build !long

package txmgr

// secondKills is how many places of a process that was started after a kill are
// tried for the next.
const secondKills = 1
