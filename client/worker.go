package client

import (
	"context"
	"sync"
)

// work sends what is ready, and what becomes ready on the way, until all is settled.
func (r *run) work(ctx context.Context, workers int) {
	r.wait, r.cancel = context.WithCancel(ctx)
	defer r.cancel()
	batches := len(r.next)/r.c.batchSize + len(r.ready)
	var wg sync.WaitGroup
	for range min(workers, batches) {
		wg.Go(func() {
			for {
				b, ok := r.take()
				if !ok {
					return
				}
				r.purge(ctx, b.pair, b.limits, certain)
				r.done(b)
			}
		})
	}
	wg.Wait()
}

// take returns the next batch, or false when none will come.
func (r *run) take() (batch, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.ready) == 0 && r.working > 0 {
		r.change.Wait()
	}
	if len(r.ready) == 0 {
		return batch{}, false
	}
	b := r.ready[0]
	r.ready = r.ready[1:]
	r.working++
	return b, true
}

// done makes the other batches of a pair ready, once its first one is settled.
func (r *run) done(b batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rest := b.pair.limits[len(b.limits):]; b.first && len(rest) > 0 {
		for size := r.c.batchSize; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			r.ready = append(r.ready, batch{pair: b.pair, limits: rest[:min(size, len(rest))]})
		}
	}
	r.working--
	r.change.Broadcast()
}

// stop lets nothing new be sent, and ends every wait. It reports whether it was the
// first to do so.
func (r *run) stop(cause error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped != nil {
		return false
	}
	r.stopped = cause
	r.cancel()
	return true
}

// refuse lets nothing more be sent of a pair.
func (r *run) refuse(p *pair, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.refused = err
}

// barred returns why nothing of p may be sent any longer.
func (r *run) barred(p *pair) (stopped, refused error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped, p.refused
}
