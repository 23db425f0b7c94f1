package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/l1submit/watch"
)

// kind is how a value is written in the file.
type kind uint8

const (
	text    kind = iota // a string
	number              // an integer or a decimal number, without quotes
	boolean             // true or false
	list                // a list of strings
)

// field is one key of the configuration.
type field struct {
	key   string // SECTION.NAME
	usage string
	kind  kind
	// def is the default, as it is written in the environment: empty if there is
	// none.
	def string
	// needed says that the key has to be given.
	needed bool
	// set parses a value that is not empty. A list has its values here, any other
	// kind one.
	set func(c *Config, values []string) error
}

// Env returns the environment variable of a key.
func (f *field) Env() string {
	return EnvPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(f.key))
}

// Flag returns the flag of a key, without its dashes.
func (f *field) Flag() string { return strings.ReplaceAll(f.key, ".", "-") }

// EnvPrefix is how the environment variables of the configuration begin.
const EnvPrefix = "QUIRE_NODE_"

// sections are the file's, with what stands above them in the example.
var sections = []struct{ name, usage string }{
	{"data", "Where the node keeps what it must not lose. One process may use the directory."},
	{"layer1", "The rollup on layer 1."},
	{"operator", "Who signs the transactions: the rollup's operator. Give keystore, or signer."},
	{"receipts", "Who signs receipts: many in a second, so the key is in this process."},
	{"prover", "How batches are proven."},
	{"batches", "When batches are made."},
	{"fees", "Who earns the fees of transfers."},
	{"pool", "Transfers that cannot be executed yet, and wait."},
	{"rpc", "The public interface: JSON-RPC over HTTP and WebSocket, and the explorer."},
	{"ops", "Metrics (/metrics) and health (/healthz, /readyz). Not for the public."},
	{"debug", "Profiles of the running process (/debug/pprof). On this machine alone."},
	{"admin", "The operator's own methods: whoever reaches them may do everything."},
	{"log", "The log, on standard error."},
}

// fields are all keys, by section.
var fields = []field{
	{key: "data.dir", usage: "directory of the node's data; made if it does not exist", needed: true, set: into(func(c *Config) *string { return &c.Data })},

	{key: "layer1.url", usage: "URL of a layer-1 node's JSON-RPC (http, https, ws, wss), or path of its IPC socket", set: endpoint(func(c *Config) *string { return &c.Layer1.URL })},
	{key: "layer1.url-file", usage: "file with that URL instead, readable by nobody else: for one with a secret in it", set: into(func(c *Config) *string { return &c.Layer1.URLFile })},
	{key: "layer1.contract", usage: "address of the rollup's contract", needed: true, set: one(func(c *Config, s string) (err error) { c.Layer1.Contract, err = address(s); return err })},
	{key: "layer1.chain-id", usage: "ID of the chain that the node has to be of", kind: number, needed: true, set: unsigned(func(c *Config) *uint64 { return &c.Layer1.ChainID }, 1)},
	{key: "layer1.from-block", usage: "block of the contract's deployment, or one before it (looked for on an archive node if it is not given)", kind: number, set: optional(func(c *Config) **uint64 { return &c.Layer1.FromBlock })},
	{key: "layer1.confirmations", usage: "blocks that have to be on top of one before the node builds on it", kind: number, def: fmt.Sprint(watch.DefaultConfirmations), set: unsigned(func(c *Config) *uint64 { return &c.Layer1.Confirmations }, 0)},
	{key: "layer1.finalized", usage: "wait for layer 1's consensus to call a block finalized besides", kind: boolean, def: "false", set: toggle(func(c *Config) *bool { return &c.Layer1.Finalized })},
	{key: "layer1.interval", usage: "pause between two looks at layer 1", def: watch.DefaultInterval.String(), set: period(func(c *Config) *durationT { return &c.Layer1.Interval })},
	{key: "layer1.max-fee", usage: "most that a unit of gas may cost, base fee and tip together; dearer than that, batches wait", def: "200gwei", set: wei(func(c *Config) **bigInt { return &c.Layer1.MaxFee })},
	{key: "layer1.min-tip", usage: "least tip for a unit of gas", def: "0.01gwei", set: wei(func(c *Config) **bigInt { return &c.Layer1.MinTip })},
	{key: "layer1.bump-blocks", usage: "blocks that may pass without a transaction before its fee is raised", kind: number, def: fmt.Sprint(txmgr.DefaultBumpBlocks), set: unsigned(func(c *Config) *uint64 { return &c.Layer1.BumpBlocks }, 1)},
	{key: "layer1.development-chains", usage: "IDs of chains, besides 1337, on which keys may be used that proofs can be forged with: nothing must be at stake there", kind: list, set: chains},

	{key: "operator.keystore", usage: "the operator's encrypted key file, or a directory of such files (with operator.address)", set: into(func(c *Config) *string { return &c.Operator.Keystore })},
	{key: "operator.address", usage: "the operator's address", set: maybeAddress(func(c *Config) **addressT { return &c.Operator.Address })},
	{key: "operator.password-file", usage: "file with the key's password, readable by nobody else (asked for on the terminal if neither this nor password-fd is given)", set: into(func(c *Config) *string { return &c.Operator.PasswordFile })},
	{key: "operator.password-fd", usage: "open file descriptor to read the key's password from", kind: number, set: optional(func(c *Config) **uint64 { return &c.Operator.PasswordFD })},
	{key: "operator.signer", usage: "external signer instead (clef's protocol; with operator.address): URL, or path of its IPC socket", set: endpoint(func(c *Config) *string { return &c.Operator.Signer })},

	{key: "receipts.key-file", usage: "encrypted key file to sign receipts with (if it is not given, the operator's key file)", set: into(func(c *Config) *string { return &c.Receipts.KeyFile })},
	{key: "receipts.password-file", usage: "file with that key's password, readable by nobody else", set: into(func(c *Config) *string { return &c.Receipts.PasswordFile })},

	{key: "prover.shapes", usage: "shapes of the circuits that batches are proven with (quire circuit shapes lists them)", kind: list, needed: true, set: shapes},
	{key: "prover.keys", usage: "directory of the keys (if it is not given, $QUIRE_KEYS, else quire/keys in the user's cache directory)", set: into(func(c *Config) *string { return &c.Prover.Keys })},
	{key: "prover.memory", usage: "memory that proofs may use together, beyond the keys; 0 is what one proof of the largest shape takes", def: "0", set: size(func(c *Config) *uint64 { return &c.Prover.Memory })},
	{key: "prover.proofs", usage: "proofs that are asked for at once", kind: number, def: fmt.Sprint(aggregator.DefaultProofs), set: count(func(c *Config) *int { return &c.Prover.Proofs }, 1)},

	{key: "batches.max-age", usage: "how long a batch stays open that has something in it", def: aggregator.DefaultMaxAge.String(), set: period(func(c *Config) *durationT { return &c.Batches.MaxAge })},
	{key: "batches.queue-delay", usage: "how long operations of layer 1 wait for the batch that is open when they come; far below the contract's deadline", def: aggregator.DefaultQueueDelay.String(), set: period(func(c *Config) *durationT { return &c.Batches.QueueDelay })},
	{key: "batches.max-backlog", usage: "batches that may wait for their proof; beyond it transfers are refused", kind: number, def: fmt.Sprint(aggregator.DefaultMaxBacklog), set: count(func(c *Config) *int { return &c.Batches.MaxBacklog }, 1)},
	{key: "batches.max-unsettled", usage: "batches that may be closed and not final on layer 1; beyond it transfers are refused", kind: number, def: fmt.Sprint(aggregator.DefaultMaxUnsettled), set: count(func(c *Config) *int { return &c.Batches.MaxUnsettled }, 1)},
	{key: "batches.max-openings", usage: "accounts that may wait to be opened; 0: none is opened on request", kind: number, def: fmt.Sprint(aggregator.DefaultMaxOpenings), set: countOrNone(func(c *Config) *int { return &c.Batches.MaxOpenings })},
	{key: "batches.retain", usage: "blocks of layer 1 for which a final batch can still be undone, should layer 1 take it back", kind: number, def: fmt.Sprint(aggregator.DefaultRetain), set: unsigned(func(c *Config) *uint64 { return &c.Batches.Retain }, 1)},

	{key: "fees.account", usage: "layer-2 address that earns the fees, as quire wallet address prints it; without it transfers pay none", set: feeAccount},
	{key: "fees.minimums", usage: "tokens that fees are taken in, with the least fee in the token's smallest unit: TOKEN=AMOUNT", kind: list, set: minimums},

	{key: "pool.max-total", usage: "transfers that may wait in all", kind: number, def: fmt.Sprint(mempool.DefaultMaxTotal), set: count(func(c *Config) *int { return &c.Pool.MaxTotal }, 1)},
	{key: "pool.max-per-account", usage: "transfers of one account that may wait", kind: number, def: fmt.Sprint(mempool.DefaultMaxPerAccount), set: count(func(c *Config) *int { return &c.Pool.MaxPerAccount }, 1)},
	{key: "pool.nonce-window", usage: "largest distance of a transfer's nonce from its account's", kind: number, def: fmt.Sprint(mempool.DefaultNonceWindow), set: unsigned(func(c *Config) *uint64 { return &c.Pool.NonceWindow }, 1)},
	{key: "pool.ttl", usage: "how long a transfer may wait", def: mempool.DefaultTTL.String(), set: period(func(c *Config) *durationT { return &c.Pool.TTL })},

	{key: "rpc.listen", usage: "address to listen on: HOST:PORT", def: "127.0.0.1:8645", set: listen(func(c *Config) *Listen { return &c.RPC.Listen }, anywhere)},
	{key: "rpc.rate", usage: "how much one client may ask for per second, in the units of docs/rpc.md; -1 is no limit", kind: number, def: fmt.Sprint(api.DefaultRate), set: rate},
	{key: "rpc.burst", usage: "how much one client may ask for at once", kind: number, def: fmt.Sprint(api.DefaultBurst), set: count(func(c *Config) *int { return &c.RPC.Burst }, 1)},
	{key: "rpc.connections", usage: "connections that there may be at once", kind: number, def: fmt.Sprint(api.DefaultConnections), set: count(func(c *Config) *int { return &c.RPC.Connections }, 1)},
	{key: "rpc.origins", usage: "web pages that browsers may call from, as in https://wallet.example; * is any", kind: list, set: texts(func(c *Config) *[]string { return &c.RPC.Origins })},
	{key: "rpc.hosts", usage: "names that the server may be called by; * is any. IP addresses and localhost always may", kind: list, set: texts(func(c *Config) *[]string { return &c.RPC.Hosts })},
	{key: "rpc.trust-proxy", usage: "a proxy stands before the server and names clients in X-Forwarded-For", kind: boolean, def: "false", set: toggle(func(c *Config) *bool { return &c.RPC.TrustProxy })},
	{key: "rpc.explorer", usage: "serve the explorer's page at /", kind: boolean, def: "true", set: toggle(func(c *Config) *bool { return &c.RPC.Explorer })},

	{key: "ops.listen", usage: "address to listen on: HOST:PORT, unix:PATH, or off", def: "127.0.0.1:8646", set: listen(func(c *Config) *Listen { return &c.Ops }, anywhere)},
	{key: "debug.listen", usage: "address to listen on: a loopback address and a port, or off", def: "off", set: listen(func(c *Config) *Listen { return &c.Debug }, loopback)},
	{key: "admin.listen", usage: "address to listen on: a loopback address and a port, unix:PATH, or off. Empty: the socket admin.sock in the data directory", set: listen(func(c *Config) *Listen { return &c.Admin }, loopback)},

	{key: "log.level", usage: "least of what is logged: debug, info, warn or error", def: "info", set: choice(func(c *Config) *string { return &c.Log.Level }, "debug", "info", "warn", "error")},
	{key: "log.format", usage: "text, json, or auto: text on a terminal, json elsewhere", def: "auto", set: choice(func(c *Config) *string { return &c.Log.Format }, "auto", "text", "json")},
}

// find returns the field of a key, nil if there is none.
func find(key string) *field {
	for i := range fields {
		if fields[i].key == key {
			return &fields[i]
		}
	}
	return nil
}

// written returns a value as the file has it.
func (f *field) written(values []string) string {
	switch f.kind {
	case number, boolean:
		return values[0]
	case list:
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = strconv.Quote(v)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	default:
		return strconv.Quote(values[0])
	}
}
