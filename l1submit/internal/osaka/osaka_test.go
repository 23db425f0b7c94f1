package osaka

import (
	"math"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/params/forks"
)

func TestRulesAreOsakaForEver(t *testing.T) {
	rules := Rules()
	if err := rules.CheckConfigForkOrder(); err != nil {
		t.Fatal(err)
	}
	for _, time := range []uint64{0, 1, math.MaxUint64} {
		if latest := rules.LatestFork(time); latest != forks.Osaka {
			t.Errorf("at time %d the rules are those of %v", time, latest)
		}
		if r := rules.Rules(big.NewInt(1), true, time); !r.IsOsaka || r.IsAmsterdam || r.IsBogota || r.IsUBT {
			t.Errorf("at time %d: %+v", time, r)
		}
	}
	if rules.ChainID.Cmp(big.NewInt(ChainID)) != 0 {
		t.Errorf("chain ID %v", rules.ChainID)
	}
}

func TestRulesAreTheCallers(t *testing.T) {
	rules := Rules()
	rules.ChainID.SetInt64(1)
	*rules.OsakaTime = 7
	rules.BlobScheduleConfig.Prague.Max = 1000
	if again := Rules(); again.ChainID.Int64() != ChainID || *again.OsakaTime != 0 || again.BlobScheduleConfig.Prague.Max == 1000 {
		t.Error("one caller's change shows in another's rules")
	}
}
