package purgetest

// Queue adds answers for the next requests, of whatever account, in this order.
// Requests beyond them get the Server's own answers.
func (s *Server) Queue(answers ...Answer) {
	st := s.lock()
	defer st.mu.Unlock()
	st.queue = append(st.queue, answers...)
}

// QueueFor adds answers for the next requests of one account, in this order. They
// come before those of Queue. A request belongs to the account of its token, even
// when the token has expired.
func (s *Server) QueueFor(token string, answers ...Answer) {
	st := s.lock()
	defer st.mu.Unlock()
	st.queues[token] = append(st.queues[token], answers...)
}

// next takes the answer for a request of an account out of its queue: the zero
// Answer, the Server's own, if none is left.
func (st *state) next(account string) (a Answer) {
	switch own := st.queues[account]; {
	case len(own) > 0:
		a, st.queues[account] = own[0], own[1:]
	case len(st.queue) > 0:
		a, st.queue = st.queue[0], st.queue[1:]
	}
	return a
}
