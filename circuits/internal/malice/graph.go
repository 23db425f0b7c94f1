package malice

import "slices"

// graph is the data flow between instructions, kept only where runs start from the result
// of an earlier one.
type graph struct {
	// readers[start[w]:start[w+1]] are the instructions that read wire w, ascending.
	start   []uint32
	readers []uint32
	// tablesOf holds, for a wire that stands in an entry of lookup tables, these tables,
	// and lookups the instructions that read a table. Each lookup reads a whole prefix
	// of its table: listing it as a reader of every entry would be quadratic.
	tablesOf map[uint32][]uint32
	lookups  [][]uint32
}

// flow returns the data flow, computed on first use.
func (s *System) flow() *graph {
	s.graphOnce.Do(s.buildGraph)
	return &s.graph
}

func (s *System) buildGraph() {
	g := &s.graph
	g.start = make([]uint32, s.Wires()+1)
	for i := range s.instructions {
		s.visitReads(&s.instructions[i], func(w uint32) { g.start[w+1]++ })
	}
	for w := range s.Wires() {
		g.start[w+1] += g.start[w]
	}
	g.readers = make([]uint32, g.start[s.Wires()])
	next := slices.Clone(g.start)
	for i := range s.instructions {
		s.visitReads(&s.instructions[i], func(w uint32) {
			g.readers[next[w]] = uint32(i)
			next[w]++
		})
	}
	g.tablesOf = make(map[uint32][]uint32)
	g.lookups = make([][]uint32, len(s.tables))
	for t := range s.tables {
		visitExpressions(s.tables[t].calldata, len(s.tables[t].entries), func(w uint32) {
			if ts := g.tablesOf[w]; !slices.Contains(ts, uint32(t)) {
				g.tablesOf[w] = append(ts, uint32(t))
			}
		})
	}
	for i := range s.instructions {
		if in := &s.instructions[i]; in.kind == kindLookup {
			g.lookups[in.table] = append(g.lookups[in.table], uint32(i))
		}
	}
}

// visitReads calls visit for every wire that the instruction reads, table entries excepted.
// A wire may come more than once; the constant one and the wire it defines never.
func (s *System) visitReads(in *instruction, visit func(wire uint32)) {
	data := s.ccs.CallData[in.data:]
	switch in.kind {
	case kindCheck, kindSolve:
		for k := range data[1] + data[2] + data[3] {
			w := data[5+2*k]
			if w != 0 && (in.outs == 0 || w != in.out) {
				visit(w)
			}
		}
	case kindHint, kindMask, kindCommit:
		visitExpressions(data[3:], int(data[2]), visit)
	case kindInverse:
		visitExpressions(data[2:], int(data[1]), visit)
	case kindLookup:
		visitExpressions(data[3:], int(data[2]), visit)
	}
}

// visitExpressions calls visit for every wire of n length-prefixed linear expressions.
func visitExpressions(data []uint32, n int, visit func(wire uint32)) {
	at := 0
	for range n {
		terms := int(data[at])
		at++
		for range terms {
			if w := data[at+1]; w != 0 && w != constantWire {
				visit(w)
			}
			at += 2
		}
	}
}
