// Package mempool holds transfers that cannot be executed yet: those before them
// in their account's order are missing, or the balance is. A transfer that can
// be executed at once never gets here.
//
// A [Pool] is a value in memory that belongs to one goroutine. It has no clock and
// no goroutines, and what it does follows from what it holds and what it is asked,
// whatever the order in which its transfers came: a pool that is filled again from
// a store after a crash goes on as the one before would have. Every transfer that
// enters it leaves it through [Pool.Remove] or as a [Removed] with its [Reason],
// so that a caller can keep a store in step.
//
// # Who has to make room
//
// How far a transfer is from execution, its distance, is its nonce minus the
// account's: so many others have to be executed first. The pool is bounded by
// account and in all, and where there is no room the nearer transfer has it:
//
//   - an account with [Limits.MaxPerAccount] transfers loses its farthest to one
//     of its own that is nearer;
//   - a full pool loses the farthest of all to one that is nearer; of several that
//     are equally far, the one that came last.
//
// One that is as far or farther than all others is refused. Fees have no part in
// it, except between two transfers of one account and nonce. Those of different
// tokens do not compare, and whoever signs transfers that are never executed pays
// none of what they offer.
//
// An account holds one transfer of each distance, so no more than d+1 within the
// distance d. A transfer of distance d is therefore refused for want of room, or
// loses its place, only while others hold all of [Limits.MaxTotal] within the same
// distance, which takes MaxTotal/(d+1) accounts. For an account's next transfer
// that is an account for every place in the pool; transfers with gaps before
// them, however many, do not touch it. An attacker with k accounts holds at most
// k·(d+1) places that matter to a transfer of distance d, and with them at most
// k·MaxPerAccount in all, each until [Limits.TTL].
//
// [Pool.Restore] is for transfers that were taken on before, and asks for no room:
// a pool that holds more than its limits gets no larger by [Pool.Add].
package mempool
