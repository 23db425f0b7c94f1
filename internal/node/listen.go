package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/quirezk/quire/internal/node/config"
)

// listenOn opens what a server listens on; nil where it is off. A socket that a
// process before this one has left is replaced; one that is in use is not.
func listenOn(ctx context.Context, at config.Listen) (net.Listener, error) {
	network, address := at.Split()
	if address == "" {
		return nil, nil
	}
	if network == "unix" {
		if err := clearSocket(ctx, address); err != nil {
			return nil, err
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if network == "unix" {
		// Whoever can write to the socket may do everything behind it.
		if err := os.Chmod(address, 0o600); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

func clearSocket(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("listen on %s: there is something else than a socket: remove it, or choose another path", path)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if conn, err := new(net.Dialer).DialContext(ctx, "unix", path); err == nil {
		return errors.Join(fmt.Errorf("listen on %s: another process does already", path), conn.Close())
	}
	return os.Remove(path)
}

// isLoopback says whether only this machine reaches a listener.
func isLoopback(l net.Listener) bool {
	tcp, ok := l.Addr().(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}

// Times of the servers that have no limits of their own.
const (
	headerTime = 5 * time.Second
	writeTime  = 2 * time.Minute // a profile takes as long as it was asked to
	idleTime   = 2 * time.Minute
	finishTime = 5 * time.Second // for what is under way when the node stops
)

// serve answers on a listener until the context ends. It returns when what was under
// way then is finished, or has been for some seconds: what it is answered from may be
// closed after that.
func serve(ctx context.Context, l net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: headerTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: 16 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	err := server.Shutdown(within)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // it has had its time
	}
	<-served
	return err
}
