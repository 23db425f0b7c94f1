// Package multiset proves that multisets of records are equal, and builds range
// checks and look-ups from that, all from one BSB22 commitment.
//
// A [Sum] is a claim
//
//	Σ_i m_i / (χ − ρ(record_i)) = 0,   ρ(c_0, c_1, …) = Σ_j β_j·c_j,
//
// over the records that the circuit adds (multiplicity m) and takes away
// (multiplicity −m). By the log-derivative lemma (Haböck,
// https://eprint.iacr.org/2022/1530) the claim holds, but for a probability of
// about n²/r over the challenges for n records (two that differ may collide
// under ρ), exactly when every record's multiplicities cancel, as long as no multiplicity reaches the characteristic
// r. Multiplicities here are constants, bits, or counts of table entries.
//
// # What makes it sound
//
//   - The challenges χ, β_1, β_2, … are Poseidon2 outputs of one commitment to
//     every wire of every record and multiplicity. A column is a linear
//     expression of few wires ([Column]), and making it puts each of them into
//     the committed set, so nothing can enter a sum uncommitted.
//   - Every column of a sum has a coefficient of its own. The coefficients are
//     independent hash outputs: powers of the commitment, which
//     std/multicommit hands to several callbacks, are not independent within
//     one argument. There is one callback.
//   - Each record type has a sum of its own, so no tag column is needed.
//   - The finalizer runs in a Defer after Define: nothing that depends on the
//     challenge can be recorded, since recording afterwards panics.
//
// # The unchecked division
//
// m/(χ−ρ) is one constraint q·(χ−ρ) = m. Were χ−ρ zero and m zero too, q would
// be free. ρ is a fixed value once the commitment is, and χ is a hash of the
// commitment, so χ = ρ for one of n records has a probability of n/r, below
// 2^-230 for any circuit that can be compiled. This is the only place of the
// project that divides unchecked.
package multiset
