package client

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/quirezk/quire/aggregator/api/wire"
)

// Admin talks to the operator's listener of a node.
type Admin struct{ client *Client }

// DialAdmin returns a client of the operator's listener at a URL, http or https,
// or at a socket on this machine: unix:PATH. Nothing is sent yet.
func DialAdmin(ctx context.Context, address string) (*Admin, error) {
	path, local := strings.CutPrefix(address, "unix:")
	if !local {
		c, err := Dial(ctx, address)
		if err != nil {
			return nil, err
		}
		return &Admin{c}, nil
	}
	c, err := dial(ctx, "http://localhost/", &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	})
	if err != nil {
		return nil, err
	}
	return &Admin{c}, nil
}

// Close ends the client.
func (a *Admin) Close() { a.client.Close() }

// Seal closes the open batch now and returns its number; 0 if there was nothing in
// it.
func (a *Admin) Seal(ctx context.Context) (uint32, error) {
	return call[uint32](ctx, a.client, "quireadmin_seal")
}

// Pause has the node refuse transfers and requests for accounts.
func (a *Admin) Pause(ctx context.Context) error {
	_, err := call[any](ctx, a.client, "quireadmin_pause")
	return err
}

// Resume has it take them on again.
func (a *Admin) Resume(ctx context.Context) error {
	_, err := call[any](ctx, a.client, "quireadmin_resume")
	return err
}

// Status returns where everything stands.
func (a *Admin) Status(ctx context.Context) (*wire.Pipeline, error) {
	return call[*wire.Pipeline](ctx, a.client, "quireadmin_status")
}

// SetLogLevel sets from which level the node logs (debug, info, warn, error) and
// returns the one before.
func (a *Admin) SetLogLevel(ctx context.Context, level string) (string, error) {
	return call[string](ctx, a.client, "quireadmin_logLevel", level)
}
