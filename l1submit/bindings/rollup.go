// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package bindings

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// IRollupCircuit is an auto generated low-level Go binding around an user-defined struct.
type IRollupCircuit struct {
	Verifier    common.Address
	Openings    uint16
	LayerOne    uint16
	FeeAccounts uint16
	Exits       uint16
	Transfers   uint16
	ShapeID     *big.Int
}

// IRollupCommit is an auto generated low-level Go binding around an user-defined struct.
type IRollupCommit struct {
	Circuit  *big.Int
	Digest   *big.Int
	Data     []byte
	Deposits IRollupLaneProof
	Exits    IRollupLaneProof
}

// IRollupConfig is an auto generated low-level Go binding around an user-defined struct.
type IRollupConfig struct {
	Operator        common.Address
	Governor        common.Address
	ExitVerifier    common.Address
	DevelopmentKeys bool
	Deadline        uint32
	ProofTimeout    uint32
	WithdrawalTime  uint32
	Delay           uint32
	QueueFee        *big.Int
	EtherCap        *big.Int
}

// IRollupEntry is an auto generated low-level Go binding around an user-defined struct.
type IRollupEntry struct {
	Body  [32]byte
	Proof IRollupLaneProof
}

// IRollupLaneProof is an auto generated low-level Go binding around an user-defined struct.
type IRollupLaneProof struct {
	Before [][32]byte
	Metas  [][32]byte
	Rest   [][32]byte
}

// IRollupProven is an auto generated low-level Go binding around an user-defined struct.
type IRollupProven struct {
	Record IRollupRecord
	Inputs [3]*big.Int
	Exits  []byte
	Proof  [12]*big.Int
}

// IRollupQueuedDeposit is an auto generated low-level Go binding around an user-defined struct.
type IRollupQueuedDeposit struct {
	KeyX   *big.Int
	KeyY   *big.Int
	Owner  common.Address
	Token  uint32
	Amount *big.Int
}

// IRollupRecord is an auto generated low-level Go binding around an user-defined struct.
type IRollupRecord struct {
	Number      uint32
	DepositsEnd uint64
	ExitsEnd    uint64
	Time        uint64
	Verifier    common.Address
	Commitment  *big.Int
	Inputs      [32]byte
	Exits       [32]byte
}

// RollupMetaData contains all meta data concerning the Rollup contract.
var RollupMetaData = bind.MetaData{
	ABI: "[{\"type\":\"constructor\",\"inputs\":[{\"name\":\"config\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Config\",\"components\":[{\"name\":\"operator\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"governor\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"exitVerifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"developmentKeys\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"deadline\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"proofTimeout\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"withdrawalTime\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"delay\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"queueFee\",\"type\":\"uint96\",\"internalType\":\"uint96\"},{\"name\":\"etherCap\",\"type\":\"uint128\",\"internalType\":\"uint128\"}]},{\"name\":\"circuits_\",\"type\":\"tuple[]\",\"internalType\":\"structIRollup.Circuit[]\",\"components\":[{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"openings\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"layerOne\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"feeAccounts\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"exits\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"transfers\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"shapeID\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"acceptGovernor\",\"inputs\":[],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"addCircuit\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Circuit\",\"components\":[{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"openings\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"layerOne\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"feeAccounts\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"exits\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"transfers\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"shapeID\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"announce\",\"inputs\":[{\"name\":\"change\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[{\"name\":\"id\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"announcement\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"executableFrom\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"depositsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"exitsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"bindingOf\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"data\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"digest\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"z\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"y\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"cancel\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"circuitCount\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"circuits\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"openings\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"layerOne\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"feeAccounts\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"exits\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"transfers\",\"type\":\"uint16\",\"internalType\":\"uint16\"},{\"name\":\"shapeID\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"claim\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"claimable\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"amount\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"commitAndProveBatch\",\"inputs\":[{\"name\":\"batch\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Commit\",\"components\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"digest\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"data\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"deposits\",\"type\":\"tuple\",\"internalType\":\"structIRollup.LaneProof\",\"components\":[{\"name\":\"before\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"metas\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"rest\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}]},{\"name\":\"exits\",\"type\":\"tuple\",\"internalType\":\"structIRollup.LaneProof\",\"components\":[{\"name\":\"before\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"metas\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"rest\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}]}]},{\"name\":\"proof\",\"type\":\"uint256[12]\",\"internalType\":\"uint256[12]\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"commitBatch\",\"inputs\":[{\"name\":\"batch\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Commit\",\"components\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"digest\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"data\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"deposits\",\"type\":\"tuple\",\"internalType\":\"structIRollup.LaneProof\",\"components\":[{\"name\":\"before\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"metas\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"rest\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}]},{\"name\":\"exits\",\"type\":\"tuple\",\"internalType\":\"structIRollup.LaneProof\",\"components\":[{\"name\":\"before\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"metas\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"rest\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}]}]},{\"name\":\"previous\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Record\",\"components\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"depositsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"exitsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"time\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"commitment\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"inputs\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"exits\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"deadline\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"delay\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"deposit\",\"inputs\":[{\"name\":\"keyX\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"keyY\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[],\"stateMutability\":\"payable\"},{\"type\":\"function\",\"name\":\"developmentKeys\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"escape\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"digest\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"proof\",\"type\":\"uint256[12]\",\"internalType\":\"uint256[12]\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"escaped\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"execute\",\"inputs\":[{\"name\":\"change\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"deposits\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Entry\",\"components\":[{\"name\":\"body\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"proof\",\"type\":\"tuple\",\"internalType\":\"structIRollup.LaneProof\",\"components\":[{\"name\":\"before\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"metas\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"rest\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}]}]},{\"name\":\"exits\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Entry\",\"components\":[{\"name\":\"body\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"proof\",\"type\":\"tuple\",\"internalType\":\"structIRollup.LaneProof\",\"components\":[{\"name\":\"before\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"metas\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"rest\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}]}]}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"exitRequest\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"sender\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"positionPlusOne\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"exitVerifier\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"address\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"finalized\",\"inputs\":[],\"outputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"commitment\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"depositsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"exitsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"freeze\",\"inputs\":[{\"name\":\"lane\",\"type\":\"uint8\",\"internalType\":\"enumIRollup.Lane\"},{\"name\":\"oldest\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Entry\",\"components\":[{\"name\":\"body\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"proof\",\"type\":\"tuple\",\"internalType\":\"structIRollup.LaneProof\",\"components\":[{\"name\":\"before\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"metas\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"rest\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}]}]}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"freezeFork\",\"inputs\":[],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"frozen\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"governor\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"address\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"lane\",\"inputs\":[{\"name\":\"which\",\"type\":\"uint8\",\"internalType\":\"enumIRollup.Lane\"}],\"outputs\":[{\"name\":\"count\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"head\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"escrow\",\"type\":\"uint128\",\"internalType\":\"uint128\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"laneCheckpoint\",\"inputs\":[{\"name\":\"which\",\"type\":\"uint8\",\"internalType\":\"enumIRollup.Lane\"},{\"name\":\"n\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"lastCommitted\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"offerGovernor\",\"inputs\":[{\"name\":\"to\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"operator\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"address\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"proofTimeout\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"proveBatches\",\"inputs\":[{\"name\":\"batches\",\"type\":\"tuple[]\",\"internalType\":\"structIRollup.Proven[]\",\"components\":[{\"name\":\"record\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Record\",\"components\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"depositsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"exitsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"time\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"commitment\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"inputs\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"exits\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"name\":\"inputs\",\"type\":\"uint256[3]\",\"internalType\":\"uint256[3]\"},{\"name\":\"exits\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"proof\",\"type\":\"uint256[12]\",\"internalType\":\"uint256[12]\"}]}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"queueFee\",\"inputs\":[{\"name\":\"which\",\"type\":\"uint8\",\"internalType\":\"enumIRollup.Lane\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"recordHash\",\"inputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"refundDeposit\",\"inputs\":[{\"name\":\"position\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"entry\",\"type\":\"tuple\",\"internalType\":\"structIRollup.QueuedDeposit\",\"components\":[{\"name\":\"keyX\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"keyY\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint128\",\"internalType\":\"uint128\"}]},{\"name\":\"proof\",\"type\":\"tuple\",\"internalType\":\"structIRollup.LaneProof\",\"components\":[{\"name\":\"before\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"metas\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"},{\"name\":\"rest\",\"type\":\"bytes32[]\",\"internalType\":\"bytes32[]\"}]}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"refunded\",\"inputs\":[{\"name\":\"position\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"registerToken\",\"inputs\":[{\"name\":\"token\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"cap\",\"type\":\"uint128\",\"internalType\":\"uint128\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"requestExit\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[],\"stateMutability\":\"payable\"},{\"type\":\"function\",\"name\":\"retireCircuit\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revertBatches\",\"inputs\":[{\"name\":\"oldest\",\"type\":\"tuple\",\"internalType\":\"structIRollup.Record\",\"components\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"depositsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"exitsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"time\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"commitment\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"inputs\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"exits\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"rollupID\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"setOperator\",\"inputs\":[{\"name\":\"newOperator\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setTokenCap\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"cap\",\"type\":\"uint128\",\"internalType\":\"uint128\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"tokenCount\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"tokenNumber\",\"inputs\":[{\"name\":\"contractAddress\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"tokens\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"contractAddress\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"cap\",\"type\":\"uint128\",\"internalType\":\"uint128\"},{\"name\":\"locked\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"withdrawalTime\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"event\",\"name\":\"BatchCommitted\",\"inputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"circuit\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"dataHash\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"inputs\",\"type\":\"uint256[3]\",\"indexed\":false,\"internalType\":\"uint256[3]\"},{\"name\":\"record\",\"type\":\"tuple\",\"indexed\":false,\"internalType\":\"structIRollup.Record\",\"components\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"depositsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"exitsEnd\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"time\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"verifier\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"commitment\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"inputs\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"exits\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"BatchFinalized\",\"inputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"commitment\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"depositsEnd\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"},{\"name\":\"exitsEnd\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"BatchesReverted\",\"inputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ChangeAnnounced\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"change\",\"type\":\"bytes\",\"indexed\":false,\"internalType\":\"bytes\"},{\"name\":\"executableFrom\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ChangeCancelled\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ChangeExecuted\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"CircuitAdded\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"verifier\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"shapeID\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"CircuitRetired\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"Claimed\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"DepositRefunded\",\"inputs\":[{\"name\":\"position\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"payer\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint128\",\"indexed\":false,\"internalType\":\"uint128\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"Deposited\",\"inputs\":[{\"name\":\"position\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"payer\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"keyX\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"keyY\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":false,\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint128\",\"indexed\":false,\"internalType\":\"uint128\"},{\"name\":\"time\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"Escaped\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint128\",\"indexed\":false,\"internalType\":\"uint128\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ExitCredited\",\"inputs\":[{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"amount\",\"type\":\"uint128\",\"indexed\":false,\"internalType\":\"uint128\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ExitRequested\",\"inputs\":[{\"name\":\"position\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"sender\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"index\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"time\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"Frozen\",\"inputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"commitment\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"by\",\"type\":\"address\",\"indexed\":false,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"GovernorChanged\",\"inputs\":[{\"name\":\"governor\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"GovernorOffered\",\"inputs\":[{\"name\":\"to\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"OperatorChanged\",\"inputs\":[{\"name\":\"operator\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"TokenCapChanged\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"cap\",\"type\":\"uint128\",\"indexed\":false,\"internalType\":\"uint128\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"TokenRegistered\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"contractAddress\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"cap\",\"type\":\"uint128\",\"indexed\":false,\"internalType\":\"uint128\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"AlreadyEscaped\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"AmountInvalid\",\"inputs\":[{\"name\":\"amount\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"BatchesPending\",\"inputs\":[{\"name\":\"last\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"CapacityExceeded\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"ChangeAlreadyAnnounced\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"ChangeNotAllowed\",\"inputs\":[{\"name\":\"selector\",\"type\":\"bytes4\",\"internalType\":\"bytes4\"}]},{\"type\":\"error\",\"name\":\"ChangeUnknown\",\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"CircuitInvalid\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"CircuitUnknown\",\"inputs\":[{\"name\":\"circuit\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"CommitmentStale\",\"inputs\":[{\"name\":\"current\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"given\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"ConfigInvalid\",\"inputs\":[{\"name\":\"what\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"DataLength\",\"inputs\":[{\"name\":\"expected\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"actual\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"ExitAlreadyRequested\",\"inputs\":[{\"name\":\"position\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"IndexReserved\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"IsFrozen\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"KeyNotCanonical\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"KeyNotOnCurve\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"KeyOfLowOrder\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"LaneFull\",\"inputs\":[{\"name\":\"lane\",\"type\":\"uint8\",\"internalType\":\"enumIRollup.Lane\"}]},{\"type\":\"error\",\"name\":\"LaneMismatch\",\"inputs\":[{\"name\":\"lane\",\"type\":\"uint8\",\"internalType\":\"enumIRollup.Lane\"}]},{\"type\":\"error\",\"name\":\"NotDirect\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NotFrozen\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NotGovernor\",\"inputs\":[{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NotOperator\",\"inputs\":[{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NotRefundable\",\"inputs\":[{\"name\":\"position\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"NotSelf\",\"inputs\":[{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NothingPending\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NothingToClaim\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"NothingToProve\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"OpenedNotBoolean\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"Overdue\",\"inputs\":[{\"name\":\"lane\",\"type\":\"uint8\",\"internalType\":\"enumIRollup.Lane\"}]},{\"type\":\"error\",\"name\":\"OwnerZero\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"PaymentFailed\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"PaymentTooSmall\",\"inputs\":[{\"name\":\"needed\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"sent\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"ProofRejected\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"QueueUnproven\",\"inputs\":[{\"name\":\"lane\",\"type\":\"uint8\",\"internalType\":\"enumIRollup.Lane\"}]},{\"type\":\"error\",\"name\":\"RecordMismatch\",\"inputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"RecordUnknown\",\"inputs\":[{\"name\":\"number\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"ReentrancyGuardReentrantCall\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"SafeERC20FailedOperation\",\"inputs\":[{\"name\":\"token\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"TokenCapExceeded\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"TokenInvalid\",\"inputs\":[{\"name\":\"token\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"TokenUnknown\",\"inputs\":[{\"name\":\"token\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"type\":\"error\",\"name\":\"TooEarly\",\"inputs\":[{\"name\":\"from\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"WordNotReduced\",\"inputs\":[]},{\"type\":\"error\",\"name\":\"WrongChain\",\"inputs\":[{\"name\":\"chainId\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]}]",
	ID:  "Rollup",
}

// Rollup is an auto generated Go binding around an Ethereum contract.
type Rollup struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Rollup) GetABI() abi.ABI {
	return c.abi
}

// NewRollup creates a new instance of Rollup.
func NewRollup() *Rollup {
	parsed, err := RollupMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Rollup{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Rollup) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor((address,address,address,bool,uint32,uint32,uint32,uint32,uint96,uint128) config, (address,uint16,uint16,uint16,uint16,uint16,uint256)[] circuits_) returns()
func (rollup *Rollup) PackConstructor(config IRollupConfig, circuits_ []IRollupCircuit) []byte {
	enc, err := rollup.abi.Pack("", config, circuits_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackAcceptGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe58bb639.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptGovernor() returns()
func (rollup *Rollup) PackAcceptGovernor() []byte {
	enc, err := rollup.abi.Pack("acceptGovernor")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe58bb639.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptGovernor() returns()
func (rollup *Rollup) TryPackAcceptGovernor() ([]byte, error) {
	return rollup.abi.Pack("acceptGovernor")
}

// PackAddCircuit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfedce07f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function addCircuit((address,uint16,uint16,uint16,uint16,uint16,uint256) circuit) returns()
func (rollup *Rollup) PackAddCircuit(circuit IRollupCircuit) []byte {
	enc, err := rollup.abi.Pack("addCircuit", circuit)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAddCircuit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfedce07f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function addCircuit((address,uint16,uint16,uint16,uint16,uint16,uint256) circuit) returns()
func (rollup *Rollup) TryPackAddCircuit(circuit IRollupCircuit) ([]byte, error) {
	return rollup.abi.Pack("addCircuit", circuit)
}

// PackAnnounce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb216706c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function announce(bytes change) returns(bytes32 id)
func (rollup *Rollup) PackAnnounce(change []byte) []byte {
	enc, err := rollup.abi.Pack("announce", change)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnnounce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb216706c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function announce(bytes change) returns(bytes32 id)
func (rollup *Rollup) TryPackAnnounce(change []byte) ([]byte, error) {
	return rollup.abi.Pack("announce", change)
}

// UnpackAnnounce is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb216706c.
//
// Solidity: function announce(bytes change) returns(bytes32 id)
func (rollup *Rollup) UnpackAnnounce(data []byte) ([32]byte, error) {
	out, err := rollup.abi.Unpack("announce", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackAnnouncement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x17c0138a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function announcement(bytes32 id) view returns(uint64 executableFrom, uint64 depositsEnd, uint64 exitsEnd)
func (rollup *Rollup) PackAnnouncement(id [32]byte) []byte {
	enc, err := rollup.abi.Pack("announcement", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnnouncement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x17c0138a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function announcement(bytes32 id) view returns(uint64 executableFrom, uint64 depositsEnd, uint64 exitsEnd)
func (rollup *Rollup) TryPackAnnouncement(id [32]byte) ([]byte, error) {
	return rollup.abi.Pack("announcement", id)
}

// AnnouncementOutput serves as a container for the return parameters of contract
// method Announcement.
type AnnouncementOutput struct {
	ExecutableFrom uint64
	DepositsEnd    uint64
	ExitsEnd       uint64
}

// UnpackAnnouncement is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x17c0138a.
//
// Solidity: function announcement(bytes32 id) view returns(uint64 executableFrom, uint64 depositsEnd, uint64 exitsEnd)
func (rollup *Rollup) UnpackAnnouncement(data []byte) (AnnouncementOutput, error) {
	out, err := rollup.abi.Unpack("announcement", data)
	outstruct := new(AnnouncementOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.ExecutableFrom = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.DepositsEnd = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	outstruct.ExitsEnd = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackBindingOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc68157e7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function bindingOf(uint256 circuit, bytes data, uint256 digest) view returns(uint256 z, uint256 y)
func (rollup *Rollup) PackBindingOf(circuit *big.Int, data []byte, digest *big.Int) []byte {
	enc, err := rollup.abi.Pack("bindingOf", circuit, data, digest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBindingOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc68157e7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function bindingOf(uint256 circuit, bytes data, uint256 digest) view returns(uint256 z, uint256 y)
func (rollup *Rollup) TryPackBindingOf(circuit *big.Int, data []byte, digest *big.Int) ([]byte, error) {
	return rollup.abi.Pack("bindingOf", circuit, data, digest)
}

// BindingOfOutput serves as a container for the return parameters of contract
// method BindingOf.
type BindingOfOutput struct {
	Z *big.Int
	Y *big.Int
}

// UnpackBindingOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc68157e7.
//
// Solidity: function bindingOf(uint256 circuit, bytes data, uint256 digest) view returns(uint256 z, uint256 y)
func (rollup *Rollup) UnpackBindingOf(data []byte) (BindingOfOutput, error) {
	out, err := rollup.abi.Unpack("bindingOf", data)
	outstruct := new(BindingOfOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Z = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.Y = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackCancel is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc4d252f5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cancel(bytes32 id) returns()
func (rollup *Rollup) PackCancel(id [32]byte) []byte {
	enc, err := rollup.abi.Pack("cancel", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCancel is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc4d252f5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cancel(bytes32 id) returns()
func (rollup *Rollup) TryPackCancel(id [32]byte) ([]byte, error) {
	return rollup.abi.Pack("cancel", id)
}

// PackCircuitCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd88b1f22.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function circuitCount() view returns(uint256)
func (rollup *Rollup) PackCircuitCount() []byte {
	enc, err := rollup.abi.Pack("circuitCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCircuitCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd88b1f22.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function circuitCount() view returns(uint256)
func (rollup *Rollup) TryPackCircuitCount() ([]byte, error) {
	return rollup.abi.Pack("circuitCount")
}

// UnpackCircuitCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd88b1f22.
//
// Solidity: function circuitCount() view returns(uint256)
func (rollup *Rollup) UnpackCircuitCount(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("circuitCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCircuits is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4f4ad94e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function circuits(uint256 index) view returns(address verifier, uint16 openings, uint16 layerOne, uint16 feeAccounts, uint16 exits, uint16 transfers, uint256 shapeID)
func (rollup *Rollup) PackCircuits(index *big.Int) []byte {
	enc, err := rollup.abi.Pack("circuits", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCircuits is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4f4ad94e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function circuits(uint256 index) view returns(address verifier, uint16 openings, uint16 layerOne, uint16 feeAccounts, uint16 exits, uint16 transfers, uint256 shapeID)
func (rollup *Rollup) TryPackCircuits(index *big.Int) ([]byte, error) {
	return rollup.abi.Pack("circuits", index)
}

// CircuitsOutput serves as a container for the return parameters of contract
// method Circuits.
type CircuitsOutput struct {
	Verifier    common.Address
	Openings    uint16
	LayerOne    uint16
	FeeAccounts uint16
	Exits       uint16
	Transfers   uint16
	ShapeID     *big.Int
}

// UnpackCircuits is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4f4ad94e.
//
// Solidity: function circuits(uint256 index) view returns(address verifier, uint16 openings, uint16 layerOne, uint16 feeAccounts, uint16 exits, uint16 transfers, uint256 shapeID)
func (rollup *Rollup) UnpackCircuits(data []byte) (CircuitsOutput, error) {
	out, err := rollup.abi.Unpack("circuits", data)
	outstruct := new(CircuitsOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Verifier = *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	outstruct.Openings = *abi.ConvertType(out[1], new(uint16)).(*uint16)
	outstruct.LayerOne = *abi.ConvertType(out[2], new(uint16)).(*uint16)
	outstruct.FeeAccounts = *abi.ConvertType(out[3], new(uint16)).(*uint16)
	outstruct.Exits = *abi.ConvertType(out[4], new(uint16)).(*uint16)
	outstruct.Transfers = *abi.ConvertType(out[5], new(uint16)).(*uint16)
	outstruct.ShapeID = abi.ConvertType(out[6], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1790c562.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claim(uint32 token, address owner) returns()
func (rollup *Rollup) PackClaim(token uint32, owner common.Address) []byte {
	enc, err := rollup.abi.Pack("claim", token, owner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1790c562.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claim(uint32 token, address owner) returns()
func (rollup *Rollup) TryPackClaim(token uint32, owner common.Address) ([]byte, error) {
	return rollup.abi.Pack("claim", token, owner)
}

// PackClaimable is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb4a13d31.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claimable(address owner, uint32 token) view returns(uint256 amount)
func (rollup *Rollup) PackClaimable(owner common.Address, token uint32) []byte {
	enc, err := rollup.abi.Pack("claimable", owner, token)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaimable is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb4a13d31.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claimable(address owner, uint32 token) view returns(uint256 amount)
func (rollup *Rollup) TryPackClaimable(owner common.Address, token uint32) ([]byte, error) {
	return rollup.abi.Pack("claimable", owner, token)
}

// UnpackClaimable is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb4a13d31.
//
// Solidity: function claimable(address owner, uint32 token) view returns(uint256 amount)
func (rollup *Rollup) UnpackClaimable(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("claimable", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCommitAndProveBatch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfe8e96d5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function commitAndProveBatch((uint256,uint256,bytes,(bytes32[],bytes32[],bytes32[]),(bytes32[],bytes32[],bytes32[])) batch, uint256[12] proof) returns()
func (rollup *Rollup) PackCommitAndProveBatch(batch IRollupCommit, proof [12]*big.Int) []byte {
	enc, err := rollup.abi.Pack("commitAndProveBatch", batch, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCommitAndProveBatch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfe8e96d5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function commitAndProveBatch((uint256,uint256,bytes,(bytes32[],bytes32[],bytes32[]),(bytes32[],bytes32[],bytes32[])) batch, uint256[12] proof) returns()
func (rollup *Rollup) TryPackCommitAndProveBatch(batch IRollupCommit, proof [12]*big.Int) ([]byte, error) {
	return rollup.abi.Pack("commitAndProveBatch", batch, proof)
}

// PackCommitBatch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf1c729cd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function commitBatch((uint256,uint256,bytes,(bytes32[],bytes32[],bytes32[]),(bytes32[],bytes32[],bytes32[])) batch, (uint32,uint64,uint64,uint64,address,uint256,bytes32,bytes32) previous) returns()
func (rollup *Rollup) PackCommitBatch(batch IRollupCommit, previous IRollupRecord) []byte {
	enc, err := rollup.abi.Pack("commitBatch", batch, previous)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCommitBatch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf1c729cd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function commitBatch((uint256,uint256,bytes,(bytes32[],bytes32[],bytes32[]),(bytes32[],bytes32[],bytes32[])) batch, (uint32,uint64,uint64,uint64,address,uint256,bytes32,bytes32) previous) returns()
func (rollup *Rollup) TryPackCommitBatch(batch IRollupCommit, previous IRollupRecord) ([]byte, error) {
	return rollup.abi.Pack("commitBatch", batch, previous)
}

// PackDeadline is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x29dcb0cf.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deadline() view returns(uint256)
func (rollup *Rollup) PackDeadline() []byte {
	enc, err := rollup.abi.Pack("deadline")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeadline is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x29dcb0cf.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deadline() view returns(uint256)
func (rollup *Rollup) TryPackDeadline() ([]byte, error) {
	return rollup.abi.Pack("deadline")
}

// UnpackDeadline is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x29dcb0cf.
//
// Solidity: function deadline() view returns(uint256)
func (rollup *Rollup) UnpackDeadline(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("deadline", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6a42b8f8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function delay() view returns(uint256)
func (rollup *Rollup) PackDelay() []byte {
	enc, err := rollup.abi.Pack("delay")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDelay is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6a42b8f8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function delay() view returns(uint256)
func (rollup *Rollup) TryPackDelay() ([]byte, error) {
	return rollup.abi.Pack("delay")
}

// UnpackDelay is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6a42b8f8.
//
// Solidity: function delay() view returns(uint256)
func (rollup *Rollup) UnpackDelay(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("delay", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x180182e8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deposit(uint256 keyX, uint256 keyY, address owner, uint32 token, uint256 amount) payable returns()
func (rollup *Rollup) PackDeposit(keyX *big.Int, keyY *big.Int, owner common.Address, token uint32, amount *big.Int) []byte {
	enc, err := rollup.abi.Pack("deposit", keyX, keyY, owner, token, amount)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x180182e8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deposit(uint256 keyX, uint256 keyY, address owner, uint32 token, uint256 amount) payable returns()
func (rollup *Rollup) TryPackDeposit(keyX *big.Int, keyY *big.Int, owner common.Address, token uint32, amount *big.Int) ([]byte, error) {
	return rollup.abi.Pack("deposit", keyX, keyY, owner, token, amount)
}

// PackDevelopmentKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7cc0bd31.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function developmentKeys() view returns(bool)
func (rollup *Rollup) PackDevelopmentKeys() []byte {
	enc, err := rollup.abi.Pack("developmentKeys")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDevelopmentKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7cc0bd31.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function developmentKeys() view returns(bool)
func (rollup *Rollup) TryPackDevelopmentKeys() ([]byte, error) {
	return rollup.abi.Pack("developmentKeys")
}

// UnpackDevelopmentKeys is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7cc0bd31.
//
// Solidity: function developmentKeys() view returns(bool)
func (rollup *Rollup) UnpackDevelopmentKeys(data []byte) (bool, error) {
	out, err := rollup.abi.Unpack("developmentKeys", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackEscape is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd70b6c06.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function escape(uint32 index, address owner, uint32 token, uint128 amount, uint256 digest, uint256[12] proof) returns()
func (rollup *Rollup) PackEscape(index uint32, owner common.Address, token uint32, amount *big.Int, digest *big.Int, proof [12]*big.Int) []byte {
	enc, err := rollup.abi.Pack("escape", index, owner, token, amount, digest, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEscape is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd70b6c06.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function escape(uint32 index, address owner, uint32 token, uint128 amount, uint256 digest, uint256[12] proof) returns()
func (rollup *Rollup) TryPackEscape(index uint32, owner common.Address, token uint32, amount *big.Int, digest *big.Int, proof [12]*big.Int) ([]byte, error) {
	return rollup.abi.Pack("escape", index, owner, token, amount, digest, proof)
}

// PackEscaped is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xac8fea3a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function escaped(uint32 index) view returns(bool)
func (rollup *Rollup) PackEscaped(index uint32) []byte {
	enc, err := rollup.abi.Pack("escaped", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEscaped is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xac8fea3a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function escaped(uint32 index) view returns(bool)
func (rollup *Rollup) TryPackEscaped(index uint32) ([]byte, error) {
	return rollup.abi.Pack("escaped", index)
}

// UnpackEscaped is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xac8fea3a.
//
// Solidity: function escaped(uint32 index) view returns(bool)
func (rollup *Rollup) UnpackEscaped(data []byte) (bool, error) {
	out, err := rollup.abi.Unpack("escaped", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackExecute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1022eccd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function execute(bytes change, (bytes32,(bytes32[],bytes32[],bytes32[])) deposits, (bytes32,(bytes32[],bytes32[],bytes32[])) exits) returns()
func (rollup *Rollup) PackExecute(change []byte, deposits IRollupEntry, exits IRollupEntry) []byte {
	enc, err := rollup.abi.Pack("execute", change, deposits, exits)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackExecute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1022eccd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function execute(bytes change, (bytes32,(bytes32[],bytes32[],bytes32[])) deposits, (bytes32,(bytes32[],bytes32[],bytes32[])) exits) returns()
func (rollup *Rollup) TryPackExecute(change []byte, deposits IRollupEntry, exits IRollupEntry) ([]byte, error) {
	return rollup.abi.Pack("execute", change, deposits, exits)
}

// PackExitRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ae6464c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function exitRequest(uint32 index, address sender) view returns(uint64 positionPlusOne)
func (rollup *Rollup) PackExitRequest(index uint32, sender common.Address) []byte {
	enc, err := rollup.abi.Pack("exitRequest", index, sender)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackExitRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ae6464c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function exitRequest(uint32 index, address sender) view returns(uint64 positionPlusOne)
func (rollup *Rollup) TryPackExitRequest(index uint32, sender common.Address) ([]byte, error) {
	return rollup.abi.Pack("exitRequest", index, sender)
}

// UnpackExitRequest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8ae6464c.
//
// Solidity: function exitRequest(uint32 index, address sender) view returns(uint64 positionPlusOne)
func (rollup *Rollup) UnpackExitRequest(data []byte) (uint64, error) {
	out, err := rollup.abi.Unpack("exitRequest", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackExitVerifier is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x52822bfb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function exitVerifier() view returns(address)
func (rollup *Rollup) PackExitVerifier() []byte {
	enc, err := rollup.abi.Pack("exitVerifier")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackExitVerifier is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x52822bfb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function exitVerifier() view returns(address)
func (rollup *Rollup) TryPackExitVerifier() ([]byte, error) {
	return rollup.abi.Pack("exitVerifier")
}

// UnpackExitVerifier is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x52822bfb.
//
// Solidity: function exitVerifier() view returns(address)
func (rollup *Rollup) UnpackExitVerifier(data []byte) (common.Address, error) {
	out, err := rollup.abi.Unpack("exitVerifier", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackFinalized is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb3f05b97.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function finalized() view returns(uint32 number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd)
func (rollup *Rollup) PackFinalized() []byte {
	enc, err := rollup.abi.Pack("finalized")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFinalized is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb3f05b97.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function finalized() view returns(uint32 number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd)
func (rollup *Rollup) TryPackFinalized() ([]byte, error) {
	return rollup.abi.Pack("finalized")
}

// FinalizedOutput serves as a container for the return parameters of contract
// method Finalized.
type FinalizedOutput struct {
	Number      uint32
	Commitment  *big.Int
	DepositsEnd uint64
	ExitsEnd    uint64
}

// UnpackFinalized is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb3f05b97.
//
// Solidity: function finalized() view returns(uint32 number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd)
func (rollup *Rollup) UnpackFinalized(data []byte) (FinalizedOutput, error) {
	out, err := rollup.abi.Unpack("finalized", data)
	outstruct := new(FinalizedOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Number = *abi.ConvertType(out[0], new(uint32)).(*uint32)
	outstruct.Commitment = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	outstruct.DepositsEnd = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	outstruct.ExitsEnd = *abi.ConvertType(out[3], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackFreeze is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x601eddf0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function freeze(uint8 lane, (bytes32,(bytes32[],bytes32[],bytes32[])) oldest) returns()
func (rollup *Rollup) PackFreeze(lane uint8, oldest IRollupEntry) []byte {
	enc, err := rollup.abi.Pack("freeze", lane, oldest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFreeze is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x601eddf0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function freeze(uint8 lane, (bytes32,(bytes32[],bytes32[],bytes32[])) oldest) returns()
func (rollup *Rollup) TryPackFreeze(lane uint8, oldest IRollupEntry) ([]byte, error) {
	return rollup.abi.Pack("freeze", lane, oldest)
}

// PackFreezeFork is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbff4734d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function freezeFork() returns()
func (rollup *Rollup) PackFreezeFork() []byte {
	enc, err := rollup.abi.Pack("freezeFork")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFreezeFork is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbff4734d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function freezeFork() returns()
func (rollup *Rollup) TryPackFreezeFork() ([]byte, error) {
	return rollup.abi.Pack("freezeFork")
}

// PackFrozen is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x054f7d9c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function frozen() view returns(bool)
func (rollup *Rollup) PackFrozen() []byte {
	enc, err := rollup.abi.Pack("frozen")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFrozen is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x054f7d9c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function frozen() view returns(bool)
func (rollup *Rollup) TryPackFrozen() ([]byte, error) {
	return rollup.abi.Pack("frozen")
}

// UnpackFrozen is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x054f7d9c.
//
// Solidity: function frozen() view returns(bool)
func (rollup *Rollup) UnpackFrozen(data []byte) (bool, error) {
	out, err := rollup.abi.Unpack("frozen", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c340a24.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function governor() view returns(address)
func (rollup *Rollup) PackGovernor() []byte {
	enc, err := rollup.abi.Pack("governor")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c340a24.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function governor() view returns(address)
func (rollup *Rollup) TryPackGovernor() ([]byte, error) {
	return rollup.abi.Pack("governor")
}

// UnpackGovernor is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0c340a24.
//
// Solidity: function governor() view returns(address)
func (rollup *Rollup) UnpackGovernor(data []byte) (common.Address, error) {
	out, err := rollup.abi.Unpack("governor", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackLane is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc4cca8b7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function lane(uint8 which) view returns(uint64 count, bytes32 head, uint128 escrow)
func (rollup *Rollup) PackLane(which uint8) []byte {
	enc, err := rollup.abi.Pack("lane", which)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLane is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc4cca8b7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function lane(uint8 which) view returns(uint64 count, bytes32 head, uint128 escrow)
func (rollup *Rollup) TryPackLane(which uint8) ([]byte, error) {
	return rollup.abi.Pack("lane", which)
}

// LaneOutput serves as a container for the return parameters of contract
// method Lane.
type LaneOutput struct {
	Count  uint64
	Head   [32]byte
	Escrow *big.Int
}

// UnpackLane is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc4cca8b7.
//
// Solidity: function lane(uint8 which) view returns(uint64 count, bytes32 head, uint128 escrow)
func (rollup *Rollup) UnpackLane(data []byte) (LaneOutput, error) {
	out, err := rollup.abi.Unpack("lane", data)
	outstruct := new(LaneOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Count = *abi.ConvertType(out[0], new(uint64)).(*uint64)
	outstruct.Head = *abi.ConvertType(out[1], new([32]byte)).(*[32]byte)
	outstruct.Escrow = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackLaneCheckpoint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x05ac253e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function laneCheckpoint(uint8 which, uint64 n) view returns(bytes32)
func (rollup *Rollup) PackLaneCheckpoint(which uint8, n uint64) []byte {
	enc, err := rollup.abi.Pack("laneCheckpoint", which, n)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLaneCheckpoint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x05ac253e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function laneCheckpoint(uint8 which, uint64 n) view returns(bytes32)
func (rollup *Rollup) TryPackLaneCheckpoint(which uint8, n uint64) ([]byte, error) {
	return rollup.abi.Pack("laneCheckpoint", which, n)
}

// UnpackLaneCheckpoint is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x05ac253e.
//
// Solidity: function laneCheckpoint(uint8 which, uint64 n) view returns(bytes32)
func (rollup *Rollup) UnpackLaneCheckpoint(data []byte) ([32]byte, error) {
	out, err := rollup.abi.Unpack("laneCheckpoint", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackLastCommitted is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x88048b53.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function lastCommitted() view returns(uint32)
func (rollup *Rollup) PackLastCommitted() []byte {
	enc, err := rollup.abi.Pack("lastCommitted")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLastCommitted is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x88048b53.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function lastCommitted() view returns(uint32)
func (rollup *Rollup) TryPackLastCommitted() ([]byte, error) {
	return rollup.abi.Pack("lastCommitted")
}

// UnpackLastCommitted is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x88048b53.
//
// Solidity: function lastCommitted() view returns(uint32)
func (rollup *Rollup) UnpackLastCommitted(data []byte) (uint32, error) {
	out, err := rollup.abi.Unpack("lastCommitted", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackOfferGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xff9eb7d2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function offerGovernor(address to) returns()
func (rollup *Rollup) PackOfferGovernor(to common.Address) []byte {
	enc, err := rollup.abi.Pack("offerGovernor", to)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOfferGovernor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xff9eb7d2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function offerGovernor(address to) returns()
func (rollup *Rollup) TryPackOfferGovernor(to common.Address) ([]byte, error) {
	return rollup.abi.Pack("offerGovernor", to)
}

// PackOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x570ca735.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function operator() view returns(address)
func (rollup *Rollup) PackOperator() []byte {
	enc, err := rollup.abi.Pack("operator")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x570ca735.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function operator() view returns(address)
func (rollup *Rollup) TryPackOperator() ([]byte, error) {
	return rollup.abi.Pack("operator")
}

// UnpackOperator is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x570ca735.
//
// Solidity: function operator() view returns(address)
func (rollup *Rollup) UnpackOperator(data []byte) (common.Address, error) {
	out, err := rollup.abi.Unpack("operator", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackProofTimeout is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x621edbfc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function proofTimeout() view returns(uint256)
func (rollup *Rollup) PackProofTimeout() []byte {
	enc, err := rollup.abi.Pack("proofTimeout")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackProofTimeout is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x621edbfc.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function proofTimeout() view returns(uint256)
func (rollup *Rollup) TryPackProofTimeout() ([]byte, error) {
	return rollup.abi.Pack("proofTimeout")
}

// UnpackProofTimeout is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x621edbfc.
//
// Solidity: function proofTimeout() view returns(uint256)
func (rollup *Rollup) UnpackProofTimeout(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("proofTimeout", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackProveBatches is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01d680dc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function proveBatches(((uint32,uint64,uint64,uint64,address,uint256,bytes32,bytes32),uint256[3],bytes,uint256[12])[] batches) returns()
func (rollup *Rollup) PackProveBatches(batches []IRollupProven) []byte {
	enc, err := rollup.abi.Pack("proveBatches", batches)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackProveBatches is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01d680dc.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function proveBatches(((uint32,uint64,uint64,uint64,address,uint256,bytes32,bytes32),uint256[3],bytes,uint256[12])[] batches) returns()
func (rollup *Rollup) TryPackProveBatches(batches []IRollupProven) ([]byte, error) {
	return rollup.abi.Pack("proveBatches", batches)
}

// PackQueueFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x22a94a6d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function queueFee(uint8 which) view returns(uint256)
func (rollup *Rollup) PackQueueFee(which uint8) []byte {
	enc, err := rollup.abi.Pack("queueFee", which)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackQueueFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x22a94a6d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function queueFee(uint8 which) view returns(uint256)
func (rollup *Rollup) TryPackQueueFee(which uint8) ([]byte, error) {
	return rollup.abi.Pack("queueFee", which)
}

// UnpackQueueFee is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x22a94a6d.
//
// Solidity: function queueFee(uint8 which) view returns(uint256)
func (rollup *Rollup) UnpackQueueFee(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("queueFee", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackRecordHash is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xed8ffc52.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function recordHash(uint32 number) view returns(bytes32)
func (rollup *Rollup) PackRecordHash(number uint32) []byte {
	enc, err := rollup.abi.Pack("recordHash", number)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRecordHash is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xed8ffc52.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function recordHash(uint32 number) view returns(bytes32)
func (rollup *Rollup) TryPackRecordHash(number uint32) ([]byte, error) {
	return rollup.abi.Pack("recordHash", number)
}

// UnpackRecordHash is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xed8ffc52.
//
// Solidity: function recordHash(uint32 number) view returns(bytes32)
func (rollup *Rollup) UnpackRecordHash(data []byte) ([32]byte, error) {
	out, err := rollup.abi.Unpack("recordHash", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackRefundDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6c8c7d77.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function refundDeposit(uint64 position, (uint256,uint256,address,uint32,uint128) entry, (bytes32[],bytes32[],bytes32[]) proof) returns()
func (rollup *Rollup) PackRefundDeposit(position uint64, entry IRollupQueuedDeposit, proof IRollupLaneProof) []byte {
	enc, err := rollup.abi.Pack("refundDeposit", position, entry, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRefundDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6c8c7d77.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function refundDeposit(uint64 position, (uint256,uint256,address,uint32,uint128) entry, (bytes32[],bytes32[],bytes32[]) proof) returns()
func (rollup *Rollup) TryPackRefundDeposit(position uint64, entry IRollupQueuedDeposit, proof IRollupLaneProof) ([]byte, error) {
	return rollup.abi.Pack("refundDeposit", position, entry, proof)
}

// PackRefunded is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9794e574.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function refunded(uint64 position) view returns(bool)
func (rollup *Rollup) PackRefunded(position uint64) []byte {
	enc, err := rollup.abi.Pack("refunded", position)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRefunded is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9794e574.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function refunded(uint64 position) view returns(bool)
func (rollup *Rollup) TryPackRefunded(position uint64) ([]byte, error) {
	return rollup.abi.Pack("refunded", position)
}

// UnpackRefunded is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9794e574.
//
// Solidity: function refunded(uint64 position) view returns(bool)
func (rollup *Rollup) UnpackRefunded(data []byte) (bool, error) {
	out, err := rollup.abi.Unpack("refunded", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackRegisterToken is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x86111143.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function registerToken(address token, uint128 cap) returns()
func (rollup *Rollup) PackRegisterToken(token common.Address, cap *big.Int) []byte {
	enc, err := rollup.abi.Pack("registerToken", token, cap)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegisterToken is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x86111143.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function registerToken(address token, uint128 cap) returns()
func (rollup *Rollup) TryPackRegisterToken(token common.Address, cap *big.Int) ([]byte, error) {
	return rollup.abi.Pack("registerToken", token, cap)
}

// PackRequestExit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x460b4fa7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function requestExit(uint32 index) payable returns()
func (rollup *Rollup) PackRequestExit(index uint32) []byte {
	enc, err := rollup.abi.Pack("requestExit", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRequestExit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x460b4fa7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function requestExit(uint32 index) payable returns()
func (rollup *Rollup) TryPackRequestExit(index uint32) ([]byte, error) {
	return rollup.abi.Pack("requestExit", index)
}

// PackRetireCircuit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x96a3951e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function retireCircuit(uint256 circuit) returns()
func (rollup *Rollup) PackRetireCircuit(circuit *big.Int) []byte {
	enc, err := rollup.abi.Pack("retireCircuit", circuit)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRetireCircuit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x96a3951e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function retireCircuit(uint256 circuit) returns()
func (rollup *Rollup) TryPackRetireCircuit(circuit *big.Int) ([]byte, error) {
	return rollup.abi.Pack("retireCircuit", circuit)
}

// PackRevertBatches is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ab7f0fc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revertBatches((uint32,uint64,uint64,uint64,address,uint256,bytes32,bytes32) oldest) returns()
func (rollup *Rollup) PackRevertBatches(oldest IRollupRecord) []byte {
	enc, err := rollup.abi.Pack("revertBatches", oldest)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevertBatches is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ab7f0fc.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revertBatches((uint32,uint64,uint64,uint64,address,uint256,bytes32,bytes32) oldest) returns()
func (rollup *Rollup) TryPackRevertBatches(oldest IRollupRecord) ([]byte, error) {
	return rollup.abi.Pack("revertBatches", oldest)
}

// PackRollupID is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9dc71a0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function rollupID() view returns(uint256)
func (rollup *Rollup) PackRollupID() []byte {
	enc, err := rollup.abi.Pack("rollupID")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRollupID is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9dc71a0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function rollupID() view returns(uint256)
func (rollup *Rollup) TryPackRollupID() ([]byte, error) {
	return rollup.abi.Pack("rollupID")
}

// UnpackRollupID is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa9dc71a0.
//
// Solidity: function rollupID() view returns(uint256)
func (rollup *Rollup) UnpackRollupID(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("rollupID", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackSetOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb3ab15fb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOperator(address newOperator) returns()
func (rollup *Rollup) PackSetOperator(newOperator common.Address) []byte {
	enc, err := rollup.abi.Pack("setOperator", newOperator)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb3ab15fb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setOperator(address newOperator) returns()
func (rollup *Rollup) TryPackSetOperator(newOperator common.Address) ([]byte, error) {
	return rollup.abi.Pack("setOperator", newOperator)
}

// PackSetTokenCap is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1c924f03.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setTokenCap(uint32 token, uint128 cap) returns()
func (rollup *Rollup) PackSetTokenCap(token uint32, cap *big.Int) []byte {
	enc, err := rollup.abi.Pack("setTokenCap", token, cap)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetTokenCap is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1c924f03.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setTokenCap(uint32 token, uint128 cap) returns()
func (rollup *Rollup) TryPackSetTokenCap(token uint32, cap *big.Int) ([]byte, error) {
	return rollup.abi.Pack("setTokenCap", token, cap)
}

// PackTokenCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9f181b5e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function tokenCount() view returns(uint32)
func (rollup *Rollup) PackTokenCount() []byte {
	enc, err := rollup.abi.Pack("tokenCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTokenCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9f181b5e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function tokenCount() view returns(uint32)
func (rollup *Rollup) TryPackTokenCount() ([]byte, error) {
	return rollup.abi.Pack("tokenCount")
}

// UnpackTokenCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9f181b5e.
//
// Solidity: function tokenCount() view returns(uint32)
func (rollup *Rollup) UnpackTokenCount(data []byte) (uint32, error) {
	out, err := rollup.abi.Unpack("tokenCount", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackTokenNumber is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x23bed208.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function tokenNumber(address contractAddress) view returns(uint32 number)
func (rollup *Rollup) PackTokenNumber(contractAddress common.Address) []byte {
	enc, err := rollup.abi.Pack("tokenNumber", contractAddress)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTokenNumber is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x23bed208.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function tokenNumber(address contractAddress) view returns(uint32 number)
func (rollup *Rollup) TryPackTokenNumber(contractAddress common.Address) ([]byte, error) {
	return rollup.abi.Pack("tokenNumber", contractAddress)
}

// UnpackTokenNumber is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x23bed208.
//
// Solidity: function tokenNumber(address contractAddress) view returns(uint32 number)
func (rollup *Rollup) UnpackTokenNumber(data []byte) (uint32, error) {
	out, err := rollup.abi.Unpack("tokenNumber", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackTokens is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfbb6272d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function tokens(uint32 token) view returns(address contractAddress, uint128 cap, uint256 locked)
func (rollup *Rollup) PackTokens(token uint32) []byte {
	enc, err := rollup.abi.Pack("tokens", token)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTokens is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfbb6272d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function tokens(uint32 token) view returns(address contractAddress, uint128 cap, uint256 locked)
func (rollup *Rollup) TryPackTokens(token uint32) ([]byte, error) {
	return rollup.abi.Pack("tokens", token)
}

// TokensOutput serves as a container for the return parameters of contract
// method Tokens.
type TokensOutput struct {
	ContractAddress common.Address
	Cap             *big.Int
	Locked          *big.Int
}

// UnpackTokens is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfbb6272d.
//
// Solidity: function tokens(uint32 token) view returns(address contractAddress, uint128 cap, uint256 locked)
func (rollup *Rollup) UnpackTokens(data []byte) (TokensOutput, error) {
	out, err := rollup.abi.Unpack("tokens", data)
	outstruct := new(TokensOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.ContractAddress = *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	outstruct.Cap = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	outstruct.Locked = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackWithdrawalTime is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x389eb9f9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdrawalTime() view returns(uint256)
func (rollup *Rollup) PackWithdrawalTime() []byte {
	enc, err := rollup.abi.Pack("withdrawalTime")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdrawalTime is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x389eb9f9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdrawalTime() view returns(uint256)
func (rollup *Rollup) TryPackWithdrawalTime() ([]byte, error) {
	return rollup.abi.Pack("withdrawalTime")
}

// UnpackWithdrawalTime is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x389eb9f9.
//
// Solidity: function withdrawalTime() view returns(uint256)
func (rollup *Rollup) UnpackWithdrawalTime(data []byte) (*big.Int, error) {
	out, err := rollup.abi.Unpack("withdrawalTime", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// RollupBatchCommitted represents a BatchCommitted event raised by the Rollup contract.
type RollupBatchCommitted struct {
	Number   uint32
	Circuit  *big.Int
	DataHash [32]byte
	Inputs   [3]*big.Int
	Record   IRollupRecord
	Raw      *types.Log // Blockchain specific contextual infos
}

const RollupBatchCommittedEventName = "BatchCommitted"

// ContractEventName returns the user-defined event name.
func (RollupBatchCommitted) ContractEventName() string {
	return RollupBatchCommittedEventName
}

// UnpackBatchCommittedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event BatchCommitted(uint32 indexed number, uint256 indexed circuit, bytes32 dataHash, uint256[3] inputs, (uint32,uint64,uint64,uint64,address,uint256,bytes32,bytes32) record)
func (rollup *Rollup) UnpackBatchCommittedEvent(log *types.Log) (*RollupBatchCommitted, error) {
	event := "BatchCommitted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupBatchCommitted)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupBatchFinalized represents a BatchFinalized event raised by the Rollup contract.
type RollupBatchFinalized struct {
	Number      uint32
	Commitment  *big.Int
	DepositsEnd uint64
	ExitsEnd    uint64
	Raw         *types.Log // Blockchain specific contextual infos
}

const RollupBatchFinalizedEventName = "BatchFinalized"

// ContractEventName returns the user-defined event name.
func (RollupBatchFinalized) ContractEventName() string {
	return RollupBatchFinalizedEventName
}

// UnpackBatchFinalizedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event BatchFinalized(uint32 indexed number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd)
func (rollup *Rollup) UnpackBatchFinalizedEvent(log *types.Log) (*RollupBatchFinalized, error) {
	event := "BatchFinalized"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupBatchFinalized)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupBatchesReverted represents a BatchesReverted event raised by the Rollup contract.
type RollupBatchesReverted struct {
	Number uint32
	Raw    *types.Log // Blockchain specific contextual infos
}

const RollupBatchesRevertedEventName = "BatchesReverted"

// ContractEventName returns the user-defined event name.
func (RollupBatchesReverted) ContractEventName() string {
	return RollupBatchesRevertedEventName
}

// UnpackBatchesRevertedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event BatchesReverted(uint32 indexed number)
func (rollup *Rollup) UnpackBatchesRevertedEvent(log *types.Log) (*RollupBatchesReverted, error) {
	event := "BatchesReverted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupBatchesReverted)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupChangeAnnounced represents a ChangeAnnounced event raised by the Rollup contract.
type RollupChangeAnnounced struct {
	Id             [32]byte
	Change         []byte
	ExecutableFrom uint64
	Raw            *types.Log // Blockchain specific contextual infos
}

const RollupChangeAnnouncedEventName = "ChangeAnnounced"

// ContractEventName returns the user-defined event name.
func (RollupChangeAnnounced) ContractEventName() string {
	return RollupChangeAnnouncedEventName
}

// UnpackChangeAnnouncedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ChangeAnnounced(bytes32 indexed id, bytes change, uint64 executableFrom)
func (rollup *Rollup) UnpackChangeAnnouncedEvent(log *types.Log) (*RollupChangeAnnounced, error) {
	event := "ChangeAnnounced"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupChangeAnnounced)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupChangeCancelled represents a ChangeCancelled event raised by the Rollup contract.
type RollupChangeCancelled struct {
	Id  [32]byte
	Raw *types.Log // Blockchain specific contextual infos
}

const RollupChangeCancelledEventName = "ChangeCancelled"

// ContractEventName returns the user-defined event name.
func (RollupChangeCancelled) ContractEventName() string {
	return RollupChangeCancelledEventName
}

// UnpackChangeCancelledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ChangeCancelled(bytes32 indexed id)
func (rollup *Rollup) UnpackChangeCancelledEvent(log *types.Log) (*RollupChangeCancelled, error) {
	event := "ChangeCancelled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupChangeCancelled)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupChangeExecuted represents a ChangeExecuted event raised by the Rollup contract.
type RollupChangeExecuted struct {
	Id  [32]byte
	Raw *types.Log // Blockchain specific contextual infos
}

const RollupChangeExecutedEventName = "ChangeExecuted"

// ContractEventName returns the user-defined event name.
func (RollupChangeExecuted) ContractEventName() string {
	return RollupChangeExecutedEventName
}

// UnpackChangeExecutedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ChangeExecuted(bytes32 indexed id)
func (rollup *Rollup) UnpackChangeExecutedEvent(log *types.Log) (*RollupChangeExecuted, error) {
	event := "ChangeExecuted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupChangeExecuted)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupCircuitAdded represents a CircuitAdded event raised by the Rollup contract.
type RollupCircuitAdded struct {
	Circuit  *big.Int
	Verifier common.Address
	ShapeID  *big.Int
	Raw      *types.Log // Blockchain specific contextual infos
}

const RollupCircuitAddedEventName = "CircuitAdded"

// ContractEventName returns the user-defined event name.
func (RollupCircuitAdded) ContractEventName() string {
	return RollupCircuitAddedEventName
}

// UnpackCircuitAddedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CircuitAdded(uint256 indexed circuit, address indexed verifier, uint256 shapeID)
func (rollup *Rollup) UnpackCircuitAddedEvent(log *types.Log) (*RollupCircuitAdded, error) {
	event := "CircuitAdded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupCircuitAdded)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupCircuitRetired represents a CircuitRetired event raised by the Rollup contract.
type RollupCircuitRetired struct {
	Circuit *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const RollupCircuitRetiredEventName = "CircuitRetired"

// ContractEventName returns the user-defined event name.
func (RollupCircuitRetired) ContractEventName() string {
	return RollupCircuitRetiredEventName
}

// UnpackCircuitRetiredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CircuitRetired(uint256 indexed circuit)
func (rollup *Rollup) UnpackCircuitRetiredEvent(log *types.Log) (*RollupCircuitRetired, error) {
	event := "CircuitRetired"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupCircuitRetired)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupClaimed represents a Claimed event raised by the Rollup contract.
type RollupClaimed struct {
	Owner  common.Address
	Token  uint32
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const RollupClaimedEventName = "Claimed"

// ContractEventName returns the user-defined event name.
func (RollupClaimed) ContractEventName() string {
	return RollupClaimedEventName
}

// UnpackClaimedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Claimed(address indexed owner, uint32 indexed token, uint256 amount)
func (rollup *Rollup) UnpackClaimedEvent(log *types.Log) (*RollupClaimed, error) {
	event := "Claimed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupClaimed)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupDepositRefunded represents a DepositRefunded event raised by the Rollup contract.
type RollupDepositRefunded struct {
	Position uint64
	Payer    common.Address
	Token    uint32
	Amount   *big.Int
	Raw      *types.Log // Blockchain specific contextual infos
}

const RollupDepositRefundedEventName = "DepositRefunded"

// ContractEventName returns the user-defined event name.
func (RollupDepositRefunded) ContractEventName() string {
	return RollupDepositRefundedEventName
}

// UnpackDepositRefundedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DepositRefunded(uint64 indexed position, address indexed payer, uint32 indexed token, uint128 amount)
func (rollup *Rollup) UnpackDepositRefundedEvent(log *types.Log) (*RollupDepositRefunded, error) {
	event := "DepositRefunded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupDepositRefunded)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupDeposited represents a Deposited event raised by the Rollup contract.
type RollupDeposited struct {
	Position uint64
	Payer    common.Address
	Owner    common.Address
	KeyX     *big.Int
	KeyY     *big.Int
	Token    uint32
	Amount   *big.Int
	Time     uint64
	Raw      *types.Log // Blockchain specific contextual infos
}

const RollupDepositedEventName = "Deposited"

// ContractEventName returns the user-defined event name.
func (RollupDeposited) ContractEventName() string {
	return RollupDepositedEventName
}

// UnpackDepositedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Deposited(uint64 indexed position, address indexed payer, address indexed owner, uint256 keyX, uint256 keyY, uint32 token, uint128 amount, uint64 time)
func (rollup *Rollup) UnpackDepositedEvent(log *types.Log) (*RollupDeposited, error) {
	event := "Deposited"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupDeposited)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupEscaped represents a Escaped event raised by the Rollup contract.
type RollupEscaped struct {
	Index  uint32
	Owner  common.Address
	Token  uint32
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const RollupEscapedEventName = "Escaped"

// ContractEventName returns the user-defined event name.
func (RollupEscaped) ContractEventName() string {
	return RollupEscapedEventName
}

// UnpackEscapedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Escaped(uint32 indexed index, address indexed owner, uint32 indexed token, uint128 amount)
func (rollup *Rollup) UnpackEscapedEvent(log *types.Log) (*RollupEscaped, error) {
	event := "Escaped"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupEscaped)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupExitCredited represents a ExitCredited event raised by the Rollup contract.
type RollupExitCredited struct {
	Owner  common.Address
	Token  uint32
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const RollupExitCreditedEventName = "ExitCredited"

// ContractEventName returns the user-defined event name.
func (RollupExitCredited) ContractEventName() string {
	return RollupExitCreditedEventName
}

// UnpackExitCreditedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ExitCredited(address indexed owner, uint32 indexed token, uint128 amount)
func (rollup *Rollup) UnpackExitCreditedEvent(log *types.Log) (*RollupExitCredited, error) {
	event := "ExitCredited"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupExitCredited)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupExitRequested represents a ExitRequested event raised by the Rollup contract.
type RollupExitRequested struct {
	Position uint64
	Sender   common.Address
	Index    uint32
	Time     uint64
	Raw      *types.Log // Blockchain specific contextual infos
}

const RollupExitRequestedEventName = "ExitRequested"

// ContractEventName returns the user-defined event name.
func (RollupExitRequested) ContractEventName() string {
	return RollupExitRequestedEventName
}

// UnpackExitRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ExitRequested(uint64 indexed position, address indexed sender, uint32 indexed index, uint64 time)
func (rollup *Rollup) UnpackExitRequestedEvent(log *types.Log) (*RollupExitRequested, error) {
	event := "ExitRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupExitRequested)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupFrozen represents a Frozen event raised by the Rollup contract.
type RollupFrozen struct {
	Number     uint32
	Commitment *big.Int
	By         common.Address
	Raw        *types.Log // Blockchain specific contextual infos
}

const RollupFrozenEventName = "Frozen"

// ContractEventName returns the user-defined event name.
func (RollupFrozen) ContractEventName() string {
	return RollupFrozenEventName
}

// UnpackFrozenEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Frozen(uint32 indexed number, uint256 commitment, address by)
func (rollup *Rollup) UnpackFrozenEvent(log *types.Log) (*RollupFrozen, error) {
	event := "Frozen"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupFrozen)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupGovernorChanged represents a GovernorChanged event raised by the Rollup contract.
type RollupGovernorChanged struct {
	Governor common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const RollupGovernorChangedEventName = "GovernorChanged"

// ContractEventName returns the user-defined event name.
func (RollupGovernorChanged) ContractEventName() string {
	return RollupGovernorChangedEventName
}

// UnpackGovernorChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event GovernorChanged(address indexed governor)
func (rollup *Rollup) UnpackGovernorChangedEvent(log *types.Log) (*RollupGovernorChanged, error) {
	event := "GovernorChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupGovernorChanged)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupGovernorOffered represents a GovernorOffered event raised by the Rollup contract.
type RollupGovernorOffered struct {
	To  common.Address
	Raw *types.Log // Blockchain specific contextual infos
}

const RollupGovernorOfferedEventName = "GovernorOffered"

// ContractEventName returns the user-defined event name.
func (RollupGovernorOffered) ContractEventName() string {
	return RollupGovernorOfferedEventName
}

// UnpackGovernorOfferedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event GovernorOffered(address indexed to)
func (rollup *Rollup) UnpackGovernorOfferedEvent(log *types.Log) (*RollupGovernorOffered, error) {
	event := "GovernorOffered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupGovernorOffered)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupOperatorChanged represents a OperatorChanged event raised by the Rollup contract.
type RollupOperatorChanged struct {
	Operator common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const RollupOperatorChangedEventName = "OperatorChanged"

// ContractEventName returns the user-defined event name.
func (RollupOperatorChanged) ContractEventName() string {
	return RollupOperatorChangedEventName
}

// UnpackOperatorChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OperatorChanged(address indexed operator)
func (rollup *Rollup) UnpackOperatorChangedEvent(log *types.Log) (*RollupOperatorChanged, error) {
	event := "OperatorChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupOperatorChanged)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupTokenCapChanged represents a TokenCapChanged event raised by the Rollup contract.
type RollupTokenCapChanged struct {
	Token uint32
	Cap   *big.Int
	Raw   *types.Log // Blockchain specific contextual infos
}

const RollupTokenCapChangedEventName = "TokenCapChanged"

// ContractEventName returns the user-defined event name.
func (RollupTokenCapChanged) ContractEventName() string {
	return RollupTokenCapChangedEventName
}

// UnpackTokenCapChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event TokenCapChanged(uint32 indexed token, uint128 cap)
func (rollup *Rollup) UnpackTokenCapChangedEvent(log *types.Log) (*RollupTokenCapChanged, error) {
	event := "TokenCapChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupTokenCapChanged)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// RollupTokenRegistered represents a TokenRegistered event raised by the Rollup contract.
type RollupTokenRegistered struct {
	Token           uint32
	ContractAddress common.Address
	Cap             *big.Int
	Raw             *types.Log // Blockchain specific contextual infos
}

const RollupTokenRegisteredEventName = "TokenRegistered"

// ContractEventName returns the user-defined event name.
func (RollupTokenRegistered) ContractEventName() string {
	return RollupTokenRegisteredEventName
}

// UnpackTokenRegisteredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event TokenRegistered(uint32 indexed token, address indexed contractAddress, uint128 cap)
func (rollup *Rollup) UnpackTokenRegisteredEvent(log *types.Log) (*RollupTokenRegistered, error) {
	event := "TokenRegistered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != rollup.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RollupTokenRegistered)
	if len(log.Data) > 0 {
		if err := rollup.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range rollup.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (rollup *Rollup) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], rollup.abi.Errors["AlreadyEscaped"].ID.Bytes()[:4]) {
		return rollup.UnpackAlreadyEscapedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["AmountInvalid"].ID.Bytes()[:4]) {
		return rollup.UnpackAmountInvalidError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["BatchesPending"].ID.Bytes()[:4]) {
		return rollup.UnpackBatchesPendingError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["CapacityExceeded"].ID.Bytes()[:4]) {
		return rollup.UnpackCapacityExceededError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ChangeAlreadyAnnounced"].ID.Bytes()[:4]) {
		return rollup.UnpackChangeAlreadyAnnouncedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ChangeNotAllowed"].ID.Bytes()[:4]) {
		return rollup.UnpackChangeNotAllowedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ChangeUnknown"].ID.Bytes()[:4]) {
		return rollup.UnpackChangeUnknownError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["CircuitInvalid"].ID.Bytes()[:4]) {
		return rollup.UnpackCircuitInvalidError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["CircuitUnknown"].ID.Bytes()[:4]) {
		return rollup.UnpackCircuitUnknownError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["CommitmentStale"].ID.Bytes()[:4]) {
		return rollup.UnpackCommitmentStaleError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ConfigInvalid"].ID.Bytes()[:4]) {
		return rollup.UnpackConfigInvalidError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["DataLength"].ID.Bytes()[:4]) {
		return rollup.UnpackDataLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ExitAlreadyRequested"].ID.Bytes()[:4]) {
		return rollup.UnpackExitAlreadyRequestedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["IndexReserved"].ID.Bytes()[:4]) {
		return rollup.UnpackIndexReservedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["IsFrozen"].ID.Bytes()[:4]) {
		return rollup.UnpackIsFrozenError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["KeyNotCanonical"].ID.Bytes()[:4]) {
		return rollup.UnpackKeyNotCanonicalError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["KeyNotOnCurve"].ID.Bytes()[:4]) {
		return rollup.UnpackKeyNotOnCurveError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["KeyOfLowOrder"].ID.Bytes()[:4]) {
		return rollup.UnpackKeyOfLowOrderError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["LaneFull"].ID.Bytes()[:4]) {
		return rollup.UnpackLaneFullError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["LaneMismatch"].ID.Bytes()[:4]) {
		return rollup.UnpackLaneMismatchError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NotDirect"].ID.Bytes()[:4]) {
		return rollup.UnpackNotDirectError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NotFrozen"].ID.Bytes()[:4]) {
		return rollup.UnpackNotFrozenError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NotGovernor"].ID.Bytes()[:4]) {
		return rollup.UnpackNotGovernorError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NotOperator"].ID.Bytes()[:4]) {
		return rollup.UnpackNotOperatorError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NotRefundable"].ID.Bytes()[:4]) {
		return rollup.UnpackNotRefundableError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NotSelf"].ID.Bytes()[:4]) {
		return rollup.UnpackNotSelfError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NothingPending"].ID.Bytes()[:4]) {
		return rollup.UnpackNothingPendingError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NothingToClaim"].ID.Bytes()[:4]) {
		return rollup.UnpackNothingToClaimError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["NothingToProve"].ID.Bytes()[:4]) {
		return rollup.UnpackNothingToProveError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["OpenedNotBoolean"].ID.Bytes()[:4]) {
		return rollup.UnpackOpenedNotBooleanError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["Overdue"].ID.Bytes()[:4]) {
		return rollup.UnpackOverdueError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["OwnerZero"].ID.Bytes()[:4]) {
		return rollup.UnpackOwnerZeroError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["PaymentFailed"].ID.Bytes()[:4]) {
		return rollup.UnpackPaymentFailedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["PaymentTooSmall"].ID.Bytes()[:4]) {
		return rollup.UnpackPaymentTooSmallError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ProofRejected"].ID.Bytes()[:4]) {
		return rollup.UnpackProofRejectedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["QueueUnproven"].ID.Bytes()[:4]) {
		return rollup.UnpackQueueUnprovenError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["RecordMismatch"].ID.Bytes()[:4]) {
		return rollup.UnpackRecordMismatchError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["RecordUnknown"].ID.Bytes()[:4]) {
		return rollup.UnpackRecordUnknownError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["ReentrancyGuardReentrantCall"].ID.Bytes()[:4]) {
		return rollup.UnpackReentrancyGuardReentrantCallError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["SafeERC20FailedOperation"].ID.Bytes()[:4]) {
		return rollup.UnpackSafeERC20FailedOperationError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["TokenCapExceeded"].ID.Bytes()[:4]) {
		return rollup.UnpackTokenCapExceededError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["TokenInvalid"].ID.Bytes()[:4]) {
		return rollup.UnpackTokenInvalidError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["TokenUnknown"].ID.Bytes()[:4]) {
		return rollup.UnpackTokenUnknownError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["TooEarly"].ID.Bytes()[:4]) {
		return rollup.UnpackTooEarlyError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["WordNotReduced"].ID.Bytes()[:4]) {
		return rollup.UnpackWordNotReducedError(raw[4:])
	}
	if bytes.Equal(raw[:4], rollup.abi.Errors["WrongChain"].ID.Bytes()[:4]) {
		return rollup.UnpackWrongChainError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// RollupAlreadyEscaped represents a AlreadyEscaped error raised by the Rollup contract.
type RollupAlreadyEscaped struct {
	Index uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyEscaped(uint32 index)
func RollupAlreadyEscapedErrorID() common.Hash {
	return common.HexToHash("0x759957073eb3b0667b4f534d3df6da16c3a0932bee3ed3e72c4e7412ceed6b30")
}

// UnpackAlreadyEscapedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyEscaped(uint32 index)
func (rollup *Rollup) UnpackAlreadyEscapedError(raw []byte) (*RollupAlreadyEscaped, error) {
	out := new(RollupAlreadyEscaped)
	if err := rollup.abi.UnpackIntoInterface(out, "AlreadyEscaped", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupAmountInvalid represents a AmountInvalid error raised by the Rollup contract.
type RollupAmountInvalid struct {
	Amount *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AmountInvalid(uint256 amount)
func RollupAmountInvalidErrorID() common.Hash {
	return common.HexToHash("0x2ff54bde2d4cdd40c57ab71439afa97d7572a0ba81b46d732a8ae5a1fadf34c8")
}

// UnpackAmountInvalidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AmountInvalid(uint256 amount)
func (rollup *Rollup) UnpackAmountInvalidError(raw []byte) (*RollupAmountInvalid, error) {
	out := new(RollupAmountInvalid)
	if err := rollup.abi.UnpackIntoInterface(out, "AmountInvalid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupBatchesPending represents a BatchesPending error raised by the Rollup contract.
type RollupBatchesPending struct {
	Last uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BatchesPending(uint32 last)
func RollupBatchesPendingErrorID() common.Hash {
	return common.HexToHash("0x56719550e5304c463cbb37b1faf6783abb8d6f782440fbc4ab2ccf38ca4a24ac")
}

// UnpackBatchesPendingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BatchesPending(uint32 last)
func (rollup *Rollup) UnpackBatchesPendingError(raw []byte) (*RollupBatchesPending, error) {
	out := new(RollupBatchesPending)
	if err := rollup.abi.UnpackIntoInterface(out, "BatchesPending", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupCapacityExceeded represents a CapacityExceeded error raised by the Rollup contract.
type RollupCapacityExceeded struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CapacityExceeded()
func RollupCapacityExceededErrorID() common.Hash {
	return common.HexToHash("0x9ff41fe03338de4e6a1754f70ce3ddf8a3f3175a496f1965dc59467a74199392")
}

// UnpackCapacityExceededError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CapacityExceeded()
func (rollup *Rollup) UnpackCapacityExceededError(raw []byte) (*RollupCapacityExceeded, error) {
	out := new(RollupCapacityExceeded)
	if err := rollup.abi.UnpackIntoInterface(out, "CapacityExceeded", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupChangeAlreadyAnnounced represents a ChangeAlreadyAnnounced error raised by the Rollup contract.
type RollupChangeAlreadyAnnounced struct {
	Id [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ChangeAlreadyAnnounced(bytes32 id)
func RollupChangeAlreadyAnnouncedErrorID() common.Hash {
	return common.HexToHash("0xc63e9abd166382d5387c49d6637148b015343a459e0ed20579cd08b2394c0cf7")
}

// UnpackChangeAlreadyAnnouncedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ChangeAlreadyAnnounced(bytes32 id)
func (rollup *Rollup) UnpackChangeAlreadyAnnouncedError(raw []byte) (*RollupChangeAlreadyAnnounced, error) {
	out := new(RollupChangeAlreadyAnnounced)
	if err := rollup.abi.UnpackIntoInterface(out, "ChangeAlreadyAnnounced", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupChangeNotAllowed represents a ChangeNotAllowed error raised by the Rollup contract.
type RollupChangeNotAllowed struct {
	Selector [4]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ChangeNotAllowed(bytes4 selector)
func RollupChangeNotAllowedErrorID() common.Hash {
	return common.HexToHash("0xc18e2acf75919a427c52293932ef8c89f41a81cc316872dedaeffb6dc9ab660d")
}

// UnpackChangeNotAllowedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ChangeNotAllowed(bytes4 selector)
func (rollup *Rollup) UnpackChangeNotAllowedError(raw []byte) (*RollupChangeNotAllowed, error) {
	out := new(RollupChangeNotAllowed)
	if err := rollup.abi.UnpackIntoInterface(out, "ChangeNotAllowed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupChangeUnknown represents a ChangeUnknown error raised by the Rollup contract.
type RollupChangeUnknown struct {
	Id [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ChangeUnknown(bytes32 id)
func RollupChangeUnknownErrorID() common.Hash {
	return common.HexToHash("0xf52dd69ca4ac1933d27f0d17c9ea9e222c57e10437481170fb84356bd418d1fc")
}

// UnpackChangeUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ChangeUnknown(bytes32 id)
func (rollup *Rollup) UnpackChangeUnknownError(raw []byte) (*RollupChangeUnknown, error) {
	out := new(RollupChangeUnknown)
	if err := rollup.abi.UnpackIntoInterface(out, "ChangeUnknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupCircuitInvalid represents a CircuitInvalid error raised by the Rollup contract.
type RollupCircuitInvalid struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CircuitInvalid()
func RollupCircuitInvalidErrorID() common.Hash {
	return common.HexToHash("0xf8c7c99724f2f07db02202c54b2752aaaaa2b992efae4e68ba2d2c1d469fa4b7")
}

// UnpackCircuitInvalidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CircuitInvalid()
func (rollup *Rollup) UnpackCircuitInvalidError(raw []byte) (*RollupCircuitInvalid, error) {
	out := new(RollupCircuitInvalid)
	if err := rollup.abi.UnpackIntoInterface(out, "CircuitInvalid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupCircuitUnknown represents a CircuitUnknown error raised by the Rollup contract.
type RollupCircuitUnknown struct {
	Circuit *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CircuitUnknown(uint256 circuit)
func RollupCircuitUnknownErrorID() common.Hash {
	return common.HexToHash("0x8f32fc7fc6c3a4ba0bb32b2d25630a02e7168cad99856d6259e9b899b7ed705f")
}

// UnpackCircuitUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CircuitUnknown(uint256 circuit)
func (rollup *Rollup) UnpackCircuitUnknownError(raw []byte) (*RollupCircuitUnknown, error) {
	out := new(RollupCircuitUnknown)
	if err := rollup.abi.UnpackIntoInterface(out, "CircuitUnknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupCommitmentStale represents a CommitmentStale error raised by the Rollup contract.
type RollupCommitmentStale struct {
	Current *big.Int
	Given   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CommitmentStale(uint256 current, uint256 given)
func RollupCommitmentStaleErrorID() common.Hash {
	return common.HexToHash("0xbdbef4739735b32856e98b132d456f032fad141727def6838cb40210ec562ec3")
}

// UnpackCommitmentStaleError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CommitmentStale(uint256 current, uint256 given)
func (rollup *Rollup) UnpackCommitmentStaleError(raw []byte) (*RollupCommitmentStale, error) {
	out := new(RollupCommitmentStale)
	if err := rollup.abi.UnpackIntoInterface(out, "CommitmentStale", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupConfigInvalid represents a ConfigInvalid error raised by the Rollup contract.
type RollupConfigInvalid struct {
	What [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ConfigInvalid(bytes32 what)
func RollupConfigInvalidErrorID() common.Hash {
	return common.HexToHash("0x19854aa127912064daee582c3fd857b460c14d87100cf6dd4908eb0958560983")
}

// UnpackConfigInvalidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ConfigInvalid(bytes32 what)
func (rollup *Rollup) UnpackConfigInvalidError(raw []byte) (*RollupConfigInvalid, error) {
	out := new(RollupConfigInvalid)
	if err := rollup.abi.UnpackIntoInterface(out, "ConfigInvalid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupDataLength represents a DataLength error raised by the Rollup contract.
type RollupDataLength struct {
	Expected *big.Int
	Actual   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DataLength(uint256 expected, uint256 actual)
func RollupDataLengthErrorID() common.Hash {
	return common.HexToHash("0x4b355bbdf1b31cc4e4bff9e6baef556157fa38b53edf99f35a3c426151cf0ec0")
}

// UnpackDataLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DataLength(uint256 expected, uint256 actual)
func (rollup *Rollup) UnpackDataLengthError(raw []byte) (*RollupDataLength, error) {
	out := new(RollupDataLength)
	if err := rollup.abi.UnpackIntoInterface(out, "DataLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupExitAlreadyRequested represents a ExitAlreadyRequested error raised by the Rollup contract.
type RollupExitAlreadyRequested struct {
	Position uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ExitAlreadyRequested(uint64 position)
func RollupExitAlreadyRequestedErrorID() common.Hash {
	return common.HexToHash("0xc9e542ed7cfed977044b75d86853d716997ccc16d5b3467e9fbd9457ea1898b5")
}

// UnpackExitAlreadyRequestedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ExitAlreadyRequested(uint64 position)
func (rollup *Rollup) UnpackExitAlreadyRequestedError(raw []byte) (*RollupExitAlreadyRequested, error) {
	out := new(RollupExitAlreadyRequested)
	if err := rollup.abi.UnpackIntoInterface(out, "ExitAlreadyRequested", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupIndexReserved represents a IndexReserved error raised by the Rollup contract.
type RollupIndexReserved struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IndexReserved()
func RollupIndexReservedErrorID() common.Hash {
	return common.HexToHash("0x2c6da13e6082d6e2c014b5fdb0dcb6f4b7287aeecf1bb9ead8b7e1cc0b4053a6")
}

// UnpackIndexReservedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IndexReserved()
func (rollup *Rollup) UnpackIndexReservedError(raw []byte) (*RollupIndexReserved, error) {
	out := new(RollupIndexReserved)
	if err := rollup.abi.UnpackIntoInterface(out, "IndexReserved", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupIsFrozen represents a IsFrozen error raised by the Rollup contract.
type RollupIsFrozen struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IsFrozen()
func RollupIsFrozenErrorID() common.Hash {
	return common.HexToHash("0x41dbb51e561f90289e170783200b6f4bffc5168192db1f73768c44d31eed146c")
}

// UnpackIsFrozenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IsFrozen()
func (rollup *Rollup) UnpackIsFrozenError(raw []byte) (*RollupIsFrozen, error) {
	out := new(RollupIsFrozen)
	if err := rollup.abi.UnpackIntoInterface(out, "IsFrozen", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupKeyNotCanonical represents a KeyNotCanonical error raised by the Rollup contract.
type RollupKeyNotCanonical struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyNotCanonical()
func RollupKeyNotCanonicalErrorID() common.Hash {
	return common.HexToHash("0xbac39d8b2f2a08bc60c63f453c27b830b274455d2fae3a337165462953e45f20")
}

// UnpackKeyNotCanonicalError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyNotCanonical()
func (rollup *Rollup) UnpackKeyNotCanonicalError(raw []byte) (*RollupKeyNotCanonical, error) {
	out := new(RollupKeyNotCanonical)
	if err := rollup.abi.UnpackIntoInterface(out, "KeyNotCanonical", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupKeyNotOnCurve represents a KeyNotOnCurve error raised by the Rollup contract.
type RollupKeyNotOnCurve struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyNotOnCurve()
func RollupKeyNotOnCurveErrorID() common.Hash {
	return common.HexToHash("0xb9e415dbce532d7adf97c8dddb44b97ba39b2646ab440e6434f47409f8666945")
}

// UnpackKeyNotOnCurveError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyNotOnCurve()
func (rollup *Rollup) UnpackKeyNotOnCurveError(raw []byte) (*RollupKeyNotOnCurve, error) {
	out := new(RollupKeyNotOnCurve)
	if err := rollup.abi.UnpackIntoInterface(out, "KeyNotOnCurve", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupKeyOfLowOrder represents a KeyOfLowOrder error raised by the Rollup contract.
type RollupKeyOfLowOrder struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyOfLowOrder()
func RollupKeyOfLowOrderErrorID() common.Hash {
	return common.HexToHash("0xa951704fbb550e08ee4ead82003ed7c7345b0be3128d8e9ca89ade78f2ed9c66")
}

// UnpackKeyOfLowOrderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyOfLowOrder()
func (rollup *Rollup) UnpackKeyOfLowOrderError(raw []byte) (*RollupKeyOfLowOrder, error) {
	out := new(RollupKeyOfLowOrder)
	if err := rollup.abi.UnpackIntoInterface(out, "KeyOfLowOrder", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupLaneFull represents a LaneFull error raised by the Rollup contract.
type RollupLaneFull struct {
	Lane uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error LaneFull(uint8 lane)
func RollupLaneFullErrorID() common.Hash {
	return common.HexToHash("0x800edd6486c6802c7a283ebfedc319d7a1a977164cedd3faad4853b6989e4db0")
}

// UnpackLaneFullError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error LaneFull(uint8 lane)
func (rollup *Rollup) UnpackLaneFullError(raw []byte) (*RollupLaneFull, error) {
	out := new(RollupLaneFull)
	if err := rollup.abi.UnpackIntoInterface(out, "LaneFull", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupLaneMismatch represents a LaneMismatch error raised by the Rollup contract.
type RollupLaneMismatch struct {
	Lane uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error LaneMismatch(uint8 lane)
func RollupLaneMismatchErrorID() common.Hash {
	return common.HexToHash("0x578eb7334f5acc0556745496c4d14e09d6aa0d87813ec699c09299e02eb8c7e5")
}

// UnpackLaneMismatchError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error LaneMismatch(uint8 lane)
func (rollup *Rollup) UnpackLaneMismatchError(raw []byte) (*RollupLaneMismatch, error) {
	out := new(RollupLaneMismatch)
	if err := rollup.abi.UnpackIntoInterface(out, "LaneMismatch", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNotDirect represents a NotDirect error raised by the Rollup contract.
type RollupNotDirect struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotDirect()
func RollupNotDirectErrorID() common.Hash {
	return common.HexToHash("0xeb8cd61154f0f1995961401590701c0b5480a3c121d8d4616551205563760328")
}

// UnpackNotDirectError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotDirect()
func (rollup *Rollup) UnpackNotDirectError(raw []byte) (*RollupNotDirect, error) {
	out := new(RollupNotDirect)
	if err := rollup.abi.UnpackIntoInterface(out, "NotDirect", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNotFrozen represents a NotFrozen error raised by the Rollup contract.
type RollupNotFrozen struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotFrozen()
func RollupNotFrozenErrorID() common.Hash {
	return common.HexToHash("0x8208cbe5cd34d53b5acc43167c3a84d9f86c782841c84b2984c3bcaaf510b8bc")
}

// UnpackNotFrozenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotFrozen()
func (rollup *Rollup) UnpackNotFrozenError(raw []byte) (*RollupNotFrozen, error) {
	out := new(RollupNotFrozen)
	if err := rollup.abi.UnpackIntoInterface(out, "NotFrozen", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNotGovernor represents a NotGovernor error raised by the Rollup contract.
type RollupNotGovernor struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotGovernor(address caller)
func RollupNotGovernorErrorID() common.Hash {
	return common.HexToHash("0xad0550d5f64f904d6845e2da1145f7625e411009b26be2bd68f5c8a432c0b075")
}

// UnpackNotGovernorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotGovernor(address caller)
func (rollup *Rollup) UnpackNotGovernorError(raw []byte) (*RollupNotGovernor, error) {
	out := new(RollupNotGovernor)
	if err := rollup.abi.UnpackIntoInterface(out, "NotGovernor", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNotOperator represents a NotOperator error raised by the Rollup contract.
type RollupNotOperator struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOperator(address caller)
func RollupNotOperatorErrorID() common.Hash {
	return common.HexToHash("0x76c6c93a6423c7e2cef5f93921b1d4d1a5ffb795cd7cfed2df95566b7c7f7c40")
}

// UnpackNotOperatorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOperator(address caller)
func (rollup *Rollup) UnpackNotOperatorError(raw []byte) (*RollupNotOperator, error) {
	out := new(RollupNotOperator)
	if err := rollup.abi.UnpackIntoInterface(out, "NotOperator", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNotRefundable represents a NotRefundable error raised by the Rollup contract.
type RollupNotRefundable struct {
	Position uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotRefundable(uint64 position)
func RollupNotRefundableErrorID() common.Hash {
	return common.HexToHash("0x4a9fef2c5a510c1104df5dccb385eb9cd03ce188adf0bc55d52826389fbf5420")
}

// UnpackNotRefundableError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotRefundable(uint64 position)
func (rollup *Rollup) UnpackNotRefundableError(raw []byte) (*RollupNotRefundable, error) {
	out := new(RollupNotRefundable)
	if err := rollup.abi.UnpackIntoInterface(out, "NotRefundable", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNotSelf represents a NotSelf error raised by the Rollup contract.
type RollupNotSelf struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotSelf(address caller)
func RollupNotSelfErrorID() common.Hash {
	return common.HexToHash("0x7d116ed0034b60cbd7ac51123250ba1987156a6d5a5dac7d1b740c1202a31722")
}

// UnpackNotSelfError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotSelf(address caller)
func (rollup *Rollup) UnpackNotSelfError(raw []byte) (*RollupNotSelf, error) {
	out := new(RollupNotSelf)
	if err := rollup.abi.UnpackIntoInterface(out, "NotSelf", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNothingPending represents a NothingPending error raised by the Rollup contract.
type RollupNothingPending struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingPending()
func RollupNothingPendingErrorID() common.Hash {
	return common.HexToHash("0x175c1aea8c453b556720d39e3cb0e313105d00199d98e8a01c1a820f7ffae2f3")
}

// UnpackNothingPendingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingPending()
func (rollup *Rollup) UnpackNothingPendingError(raw []byte) (*RollupNothingPending, error) {
	out := new(RollupNothingPending)
	if err := rollup.abi.UnpackIntoInterface(out, "NothingPending", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNothingToClaim represents a NothingToClaim error raised by the Rollup contract.
type RollupNothingToClaim struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingToClaim()
func RollupNothingToClaimErrorID() common.Hash {
	return common.HexToHash("0x969bf7288f744225521096ebffff657851af77dd4c63700d76b8d1cf6481d1f1")
}

// UnpackNothingToClaimError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingToClaim()
func (rollup *Rollup) UnpackNothingToClaimError(raw []byte) (*RollupNothingToClaim, error) {
	out := new(RollupNothingToClaim)
	if err := rollup.abi.UnpackIntoInterface(out, "NothingToClaim", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupNothingToProve represents a NothingToProve error raised by the Rollup contract.
type RollupNothingToProve struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingToProve()
func RollupNothingToProveErrorID() common.Hash {
	return common.HexToHash("0x50ad628babe0d4e25b3c2d2a0d1e45cde0cdf1a4331c2f18cbbb3145389cc4e8")
}

// UnpackNothingToProveError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingToProve()
func (rollup *Rollup) UnpackNothingToProveError(raw []byte) (*RollupNothingToProve, error) {
	out := new(RollupNothingToProve)
	if err := rollup.abi.UnpackIntoInterface(out, "NothingToProve", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupOpenedNotBoolean represents a OpenedNotBoolean error raised by the Rollup contract.
type RollupOpenedNotBoolean struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OpenedNotBoolean()
func RollupOpenedNotBooleanErrorID() common.Hash {
	return common.HexToHash("0x49e14928bef7762cd82f6772adfd4362e6c0f36f8bdcf248bb0bb792a4d20881")
}

// UnpackOpenedNotBooleanError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OpenedNotBoolean()
func (rollup *Rollup) UnpackOpenedNotBooleanError(raw []byte) (*RollupOpenedNotBoolean, error) {
	out := new(RollupOpenedNotBoolean)
	if err := rollup.abi.UnpackIntoInterface(out, "OpenedNotBoolean", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupOverdue represents a Overdue error raised by the Rollup contract.
type RollupOverdue struct {
	Lane uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Overdue(uint8 lane)
func RollupOverdueErrorID() common.Hash {
	return common.HexToHash("0x63c14396f9949b4d6c673ce0c429a214bad893b780d883635672da4782d64c85")
}

// UnpackOverdueError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Overdue(uint8 lane)
func (rollup *Rollup) UnpackOverdueError(raw []byte) (*RollupOverdue, error) {
	out := new(RollupOverdue)
	if err := rollup.abi.UnpackIntoInterface(out, "Overdue", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupOwnerZero represents a OwnerZero error raised by the Rollup contract.
type RollupOwnerZero struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OwnerZero()
func RollupOwnerZeroErrorID() common.Hash {
	return common.HexToHash("0x3e0b457e2b6dbcf22f66c483869eb41e1abdac23e36adf501bf0c98f524a5520")
}

// UnpackOwnerZeroError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OwnerZero()
func (rollup *Rollup) UnpackOwnerZeroError(raw []byte) (*RollupOwnerZero, error) {
	out := new(RollupOwnerZero)
	if err := rollup.abi.UnpackIntoInterface(out, "OwnerZero", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupPaymentFailed represents a PaymentFailed error raised by the Rollup contract.
type RollupPaymentFailed struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PaymentFailed()
func RollupPaymentFailedErrorID() common.Hash {
	return common.HexToHash("0xf499da2002a42cc0e682f3cac7e9b85f1bca52c33814755c09d207fd799b718c")
}

// UnpackPaymentFailedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PaymentFailed()
func (rollup *Rollup) UnpackPaymentFailedError(raw []byte) (*RollupPaymentFailed, error) {
	out := new(RollupPaymentFailed)
	if err := rollup.abi.UnpackIntoInterface(out, "PaymentFailed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupPaymentTooSmall represents a PaymentTooSmall error raised by the Rollup contract.
type RollupPaymentTooSmall struct {
	Needed *big.Int
	Sent   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PaymentTooSmall(uint256 needed, uint256 sent)
func RollupPaymentTooSmallErrorID() common.Hash {
	return common.HexToHash("0x3beb8e0f983eb6511033cb3472857c03206a04ef975bf21b365e3f2d3ba68b78")
}

// UnpackPaymentTooSmallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PaymentTooSmall(uint256 needed, uint256 sent)
func (rollup *Rollup) UnpackPaymentTooSmallError(raw []byte) (*RollupPaymentTooSmall, error) {
	out := new(RollupPaymentTooSmall)
	if err := rollup.abi.UnpackIntoInterface(out, "PaymentTooSmall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupProofRejected represents a ProofRejected error raised by the Rollup contract.
type RollupProofRejected struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ProofRejected()
func RollupProofRejectedErrorID() common.Hash {
	return common.HexToHash("0xc3b0d8cd541865f9b30efc779f8c07d9e8020f803988cd1623277e97b27f74d7")
}

// UnpackProofRejectedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ProofRejected()
func (rollup *Rollup) UnpackProofRejectedError(raw []byte) (*RollupProofRejected, error) {
	out := new(RollupProofRejected)
	if err := rollup.abi.UnpackIntoInterface(out, "ProofRejected", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupQueueUnproven represents a QueueUnproven error raised by the Rollup contract.
type RollupQueueUnproven struct {
	Lane uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error QueueUnproven(uint8 lane)
func RollupQueueUnprovenErrorID() common.Hash {
	return common.HexToHash("0x2b2b24811a3690d34a8d15b81f86e62be1e24e41999205d72d51a9c6f592debf")
}

// UnpackQueueUnprovenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error QueueUnproven(uint8 lane)
func (rollup *Rollup) UnpackQueueUnprovenError(raw []byte) (*RollupQueueUnproven, error) {
	out := new(RollupQueueUnproven)
	if err := rollup.abi.UnpackIntoInterface(out, "QueueUnproven", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupRecordMismatch represents a RecordMismatch error raised by the Rollup contract.
type RollupRecordMismatch struct {
	Number uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RecordMismatch(uint32 number)
func RollupRecordMismatchErrorID() common.Hash {
	return common.HexToHash("0xdafed1e286d3592c1d74a2f14a6a3ba9c5dfaaa3d18aaf2fb02fdb5bb83194a7")
}

// UnpackRecordMismatchError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RecordMismatch(uint32 number)
func (rollup *Rollup) UnpackRecordMismatchError(raw []byte) (*RollupRecordMismatch, error) {
	out := new(RollupRecordMismatch)
	if err := rollup.abi.UnpackIntoInterface(out, "RecordMismatch", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupRecordUnknown represents a RecordUnknown error raised by the Rollup contract.
type RollupRecordUnknown struct {
	Number uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RecordUnknown(uint32 number)
func RollupRecordUnknownErrorID() common.Hash {
	return common.HexToHash("0xee0665542b65f3af86a407c50e31072826f2a08d97db552aec88640e85a98660")
}

// UnpackRecordUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RecordUnknown(uint32 number)
func (rollup *Rollup) UnpackRecordUnknownError(raw []byte) (*RollupRecordUnknown, error) {
	out := new(RollupRecordUnknown)
	if err := rollup.abi.UnpackIntoInterface(out, "RecordUnknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupReentrancyGuardReentrantCall represents a ReentrancyGuardReentrantCall error raised by the Rollup contract.
type RollupReentrancyGuardReentrantCall struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ReentrancyGuardReentrantCall()
func RollupReentrancyGuardReentrantCallErrorID() common.Hash {
	return common.HexToHash("0x3ee5aeb571de7fc460830b4d0017439a1ca56fb0bc39062227ade4fe4a24c1ca")
}

// UnpackReentrancyGuardReentrantCallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ReentrancyGuardReentrantCall()
func (rollup *Rollup) UnpackReentrancyGuardReentrantCallError(raw []byte) (*RollupReentrancyGuardReentrantCall, error) {
	out := new(RollupReentrancyGuardReentrantCall)
	if err := rollup.abi.UnpackIntoInterface(out, "ReentrancyGuardReentrantCall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupSafeERC20FailedOperation represents a SafeERC20FailedOperation error raised by the Rollup contract.
type RollupSafeERC20FailedOperation struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeERC20FailedOperation(address token)
func RollupSafeERC20FailedOperationErrorID() common.Hash {
	return common.HexToHash("0x5274afe73c98b4749fc91ffae6b7b574e7842cb2144a159e9377a5f20b32edf9")
}

// UnpackSafeERC20FailedOperationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeERC20FailedOperation(address token)
func (rollup *Rollup) UnpackSafeERC20FailedOperationError(raw []byte) (*RollupSafeERC20FailedOperation, error) {
	out := new(RollupSafeERC20FailedOperation)
	if err := rollup.abi.UnpackIntoInterface(out, "SafeERC20FailedOperation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupTokenCapExceeded represents a TokenCapExceeded error raised by the Rollup contract.
type RollupTokenCapExceeded struct {
	Token uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TokenCapExceeded(uint32 token)
func RollupTokenCapExceededErrorID() common.Hash {
	return common.HexToHash("0x94a1e7e7c488b63a9b50388d232472b1a1667942e1681ff4e7748f87276e6779")
}

// UnpackTokenCapExceededError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TokenCapExceeded(uint32 token)
func (rollup *Rollup) UnpackTokenCapExceededError(raw []byte) (*RollupTokenCapExceeded, error) {
	out := new(RollupTokenCapExceeded)
	if err := rollup.abi.UnpackIntoInterface(out, "TokenCapExceeded", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupTokenInvalid represents a TokenInvalid error raised by the Rollup contract.
type RollupTokenInvalid struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TokenInvalid(address token)
func RollupTokenInvalidErrorID() common.Hash {
	return common.HexToHash("0xd4c6aa81aac14bf44ad92ecfbe42f36dae9475021d16e6f5f76554509c0930b9")
}

// UnpackTokenInvalidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TokenInvalid(address token)
func (rollup *Rollup) UnpackTokenInvalidError(raw []byte) (*RollupTokenInvalid, error) {
	out := new(RollupTokenInvalid)
	if err := rollup.abi.UnpackIntoInterface(out, "TokenInvalid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupTokenUnknown represents a TokenUnknown error raised by the Rollup contract.
type RollupTokenUnknown struct {
	Token uint32
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TokenUnknown(uint32 token)
func RollupTokenUnknownErrorID() common.Hash {
	return common.HexToHash("0x48a9ec2a56dda4abbc030af6abacc33233c0b23014d8080ceac6d1bda93e504e")
}

// UnpackTokenUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TokenUnknown(uint32 token)
func (rollup *Rollup) UnpackTokenUnknownError(raw []byte) (*RollupTokenUnknown, error) {
	out := new(RollupTokenUnknown)
	if err := rollup.abi.UnpackIntoInterface(out, "TokenUnknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupTooEarly represents a TooEarly error raised by the Rollup contract.
type RollupTooEarly struct {
	From *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooEarly(uint256 from)
func RollupTooEarlyErrorID() common.Hash {
	return common.HexToHash("0x2a35a3246d5070e2b118858c24c2c4d23eaebe645b92ab746b92dd600c35a9d7")
}

// UnpackTooEarlyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooEarly(uint256 from)
func (rollup *Rollup) UnpackTooEarlyError(raw []byte) (*RollupTooEarly, error) {
	out := new(RollupTooEarly)
	if err := rollup.abi.UnpackIntoInterface(out, "TooEarly", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupWordNotReduced represents a WordNotReduced error raised by the Rollup contract.
type RollupWordNotReduced struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WordNotReduced()
func RollupWordNotReducedErrorID() common.Hash {
	return common.HexToHash("0x1771be06cd462ed9c7f646f7b288d80397249e00da98f8ed8d56d06f5e6e684b")
}

// UnpackWordNotReducedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WordNotReduced()
func (rollup *Rollup) UnpackWordNotReducedError(raw []byte) (*RollupWordNotReduced, error) {
	out := new(RollupWordNotReduced)
	if err := rollup.abi.UnpackIntoInterface(out, "WordNotReduced", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// RollupWrongChain represents a WrongChain error raised by the Rollup contract.
type RollupWrongChain struct {
	ChainId *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongChain(uint256 chainId)
func RollupWrongChainErrorID() common.Hash {
	return common.HexToHash("0xbd407ddac37c55f272e363869c6ab0a2f917eb41b1509179e2479630a2f6f917")
}

// UnpackWrongChainError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongChain(uint256 chainId)
func (rollup *Rollup) UnpackWrongChainError(raw []byte) (*RollupWrongChain, error) {
	out := new(RollupWrongChain)
	if err := rollup.abi.UnpackIntoInterface(out, "WrongChain", raw); err != nil {
		return nil, err
	}
	return out, nil
}
