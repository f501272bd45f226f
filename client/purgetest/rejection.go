package purgetest

import "github.com/deea8dec/hubspot-limits/client"

// A Rejection is how a Server answers a purge with a rejected input. HubSpot
// documents no form, so a program should handle both.
type Rejection int

const (
	// RejectBatch is a 400 of category VALIDATION_ERROR. Nothing is purged.
	RejectBatch Rejection = iota
	// RejectPartially is a 200 with an error for each rejected input. No error says
	// which input it is about. The other inputs are purged.
	RejectPartially
)

// Reject makes the Server reject these inputs from now on, in any account, whether
// or not such a limit is set.
func (s *Server) Reject(limits ...client.Limit) {
	st := s.lock()
	defer st.mu.Unlock()
	for _, l := range limits {
		p, _ := newPair(l.From, l.To)
		st.rejected[p.limit(l.Type)] = true
	}
}

// SetRejection sets how rejected inputs are answered: RejectBatch at first.
func (s *Server) SetRejection(r Rejection) {
	st := s.lock()
	defer st.mu.Unlock()
	st.rejection = r
}

// AnswerNoContent makes the answer to a purge a 204 without a body, as HubSpot's
// guide has it, instead of the 200 of the reference page. An answer with errors
// stays a 200.
func (s *Server) AnswerNoContent(on bool) {
	st := s.lock()
	defer st.mu.Unlock()
	st.noContent = on
}
