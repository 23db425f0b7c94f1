package api

import (
	"errors"
	"io"
	"log"
	"strings"
	"time"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/protocol"
)

// known returns what an error of the backend is to clients, if it is one that
// they are to know.
func (s *Server) known(err error) (*wire.Error, bool) {
	found := s.find(err)
	if found == nil {
		return nil, false
	}
	if text := err.Error(); text != found.Message {
		// What to do is said once, even if it is the error's own last words.
		found = found.With("%s", strings.TrimSuffix(text, ": "+found.Data.Action))
	}
	var waits interface{ RetryAfter() time.Duration }
	switch {
	case errors.As(err, &waits) && waits.RetryAfter() > 0:
		found = found.After(waits.RetryAfter())
	case found.Code == wire.CodeBusy:
		found = found.After(s.opts.RetryAfter)
	}
	return found, true
}

// find returns the error that clients have for one of the backend, nil if there is
// none.
func (s *Server) find(err error) *wire.Error {
	for _, e := range s.opts.Errors {
		if errors.Is(err, e.Err) {
			return e.As
		}
	}
	var own *wire.Error
	if errors.As(err, &own) && own.Data != nil {
		return own
	}
	var why protocol.Rejection
	if errors.As(err, &why) {
		return wire.OfRejection(why)
	}
	return nil
}

// discardLog keeps net/http from writing a line for each broken connection.
var discardLog = log.New(io.Discard, "", 0)
