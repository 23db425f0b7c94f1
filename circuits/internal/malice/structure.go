package malice

import "maps"

// Late describes where what was fixed before the first commitment meets its value, the
// challenge, in a constraint: directly, or something made of it.
type Late struct {
	Constraints int // constraints in which they meet
	Wires       int // wires that meet it there
	// Uncommitted are those of the wires that the commitment does not fix. A prover
	// chooses them with the challenge known: in a sum that the challenge is to check,
	// there must be none.
	Uncommitted []int
}

// Late says which wires meet the first challenge. A system without commitments has none.
func (s *System) Late() Late {
	var l Late
	challenges := s.Challenges()
	if len(challenges) == 0 {
		return l
	}
	challenge := uint32(challenges[0]) // internal wires are numbered as they are made
	committed, seen := s.Committed(), make(map[uint32]bool)
	for i := range s.instructions {
		in := &s.instructions[i]
		if !in.isConstraint() {
			continue
		}
		early, late := make(map[uint32]bool), false
		for w := range s.wiresOf(in) {
			if w >= challenge {
				late = true
			} else {
				early[w] = true
			}
		}
		if late {
			l.Constraints++
			maps.Copy(seen, early)
		}
	}
	l.Wires = len(seen)
	for w := range s.Wires() {
		if seen[uint32(w)] && !committed[w] {
			l.Uncommitted = append(l.Uncommitted, w)
		}
	}
	return l
}

// Unread returns the inputs and hint outputs that stand in no constraint: what a hint or
// the commitment reads is not constrained by that.
func (s *System) Unread() []int {
	read := make([]bool, s.Wires())
	read[0] = true
	for i := range s.instructions {
		in := &s.instructions[i]
		switch in.kind {
		case kindMask, kindCommit:
			read[in.out] = true // what the verifier is given
		case kindCheck, kindSolve:
			for w := range s.wiresOf(in) {
				read[w] = true
			}
		}
	}
	var unread []int
	for w, ok := range read {
		if !ok {
			unread = append(unread, w)
		}
	}
	return unread
}

// wiresOf returns the wires of a constraint, each once, without the constant one.
func (s *System) wiresOf(in *instruction) map[uint32]bool {
	wires := make(map[uint32]bool)
	s.visitReads(in, func(w uint32) { wires[w] = true })
	if in.outs != 0 {
		wires[in.out] = true
	}
	return wires
}
