// Package devnet runs layer 1 on this machine, for tests and demonstrations: in
// this process ([StartGeth]), or as an anvil that was installed ([StartAnvil]).
// Both have the rules of the Osaka fork, the same funded accounts, and a
// [Backend]'s controls: blocks, time and reorgs happen when the caller says so.
//
// A chain's time is its own. It begins at [GenesisTime], and each block is
// [BlockTime] later than the one before, whatever the clock on the wall says; it
// jumps with [Backend.MineAt]. So a chain on which the same things happen has the
// same times, and a deadline of weeks takes no time.
//
// Keys and chain are no secrets and hold no value. Servers listen on loopback only.
package devnet
