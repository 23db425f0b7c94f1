//go:build long

package txmgr

// secondKills is more than any life has places left.
const secondKills = 80
