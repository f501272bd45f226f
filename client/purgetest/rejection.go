package purgetest

import "github.com/deea8dec/hubspot-limits/client"

// A Rejection is the form in which a Server takes offence at an input. HubSpot
// documents none, so a program should stand all three.
type Rejection int

// What a request with a rejected input is answered with.
const (
	// RejectBatch: a 400 of category VALIDATION_ERROR for the whole batch; nothing
	// is purged.
	RejectBatch Rejection = iota
	// RejectPartially: a 200 with an error for each rejected input, none of which
	// says what input it means; the other inputs are purged.
	RejectPartially
	// RejectByName: the same, but each error names its input, by the category and
	// typeId of its context.
	RejectByName
)

// Reject adds to the inputs that the Server takes offence at, in any account,
// whether or not such a limit is set.
func (s *Server) Reject(limits ...client.Limit) {
	st := s.lock()
	defer st.mu.Unlock()
	for _, l := range limits {
		st.rejected[key(l)] = true
	}
}

// SetRejection sets the form of rejections, RejectBatch until then.
func (s *Server) SetRejection(r Rejection) {
	st := s.lock()
	defer st.mu.Unlock()
	st.rejection = r
}

// AnswerNoContent makes full success a 204 without a body, as HubSpot's guide has
// it and as it was seen live, instead of the 200 of the reference page.
func (s *Server) AnswerNoContent(on bool) {
	st := s.lock()
	defer st.mu.Unlock()
	st.noContent = on
}
