//go:build long

package statetree

const (
	historyChecks = "1000"
	killRounds    = 150
	crashBatches  = 200
	diskFlips     = 1000
)
