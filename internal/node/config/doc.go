// Package config is a node's configuration: what there is to choose, where a value
// comes from, and what is wrong with it.
//
// A value comes from a file (TOML), from an environment variable or from a flag;
// what is further back in this list wins. Each key has all three: the key
// layer1.chain-id is chain-id in the file's section [layer1], QUIRE_NODE_LAYER1_CHAIN_ID
// in the environment, and --layer1-chain-id on the command line. Keys that are not
// known are refused, wherever they stand.
//
// [Load] checks the configuration whole, before anything is dialled or opened: its
// error names every fault, each with the line, the variable or the flag that it
// comes from. Secrets are no values: a key names the file, or the open file, that
// has one.
package config
