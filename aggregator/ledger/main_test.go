package ledger

import (
	"os"
	"testing"

	"github.com/quirezk/quire/internal/rapidtest"
)

func TestMain(m *testing.M) {
	rapidtest.Checks(historyChecks)
	os.Exit(m.Run())
}
