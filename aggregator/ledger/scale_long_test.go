//go:build long

package ledger

const (
	historyChecks = "1000"
	crashCommits  = 300
	diskFlips     = 1500
	victims       = 10
)
