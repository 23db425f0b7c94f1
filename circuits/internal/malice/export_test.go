package malice

// Full is honest.Attack by a run from the start instead of from the honest wires.
func Full(s *System, honest *Report, attacks []Attack) (*Report, error) {
	return s.solve(honest.wires[1:s.nInputs], attacks)
}
