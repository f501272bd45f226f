package purgetest

import (
	"errors"
	"net/http"

	"github.com/getkin/kin-openapi/routers"

	"github.com/deea8dec/hubspot-limits/client"
)

// own is the Server's own answer to a request.
func (st *state) own(c call) reply {
	switch {
	case errors.Is(c.broken, routers.ErrMethodNotAllowed):
		return c.refuse(http.StatusMethodNotAllowed, errorBody{Message: "Method not allowed"})
	case c.op == nil:
		return c.refuse(http.StatusNotFound, errorBody{Message: "Resource not found"})
	case c.account == nil:
		return c.refuse(http.StatusUnauthorized,
			errorBody{Category: "INVALID_AUTHENTICATION", Message: "The access token is not valid."})
	case c.unknown != "":
		return c.refuse(http.StatusBadRequest,
			errorBody{Message: "Unable to infer object type from: " + string(c.unknown)})
	case c.broken != nil:
		return c.refuse(http.StatusBadRequest,
			errorBody{Category: "VALIDATION_ERROR", Message: "Invalid input JSON"})
	case c.Method == http.MethodGet:
		return reply{status: http.StatusOK, header: http.Header{}, body: encode(c.read())}
	}
	return st.answerPurge(c)
}

// answerPurge carries out a purge and answers it.
func (st *state) answerPurge(c call) reply {
	rejected := st.rejectedOf(c)
	if len(rejected) > 0 && st.rejection == RejectBatch {
		return c.refuse(http.StatusBadRequest,
			errorBody{Category: "VALIDATION_ERROR", Message: "An association type was not accepted."})
	}
	st.purge(c)
	if len(rejected) == 0 && st.noContent {
		return reply{status: http.StatusNoContent, header: http.Header{}}
	}
	return reply{status: http.StatusOK, header: http.Header{}, body: encode(newResult(len(rejected)))}
}

// refuse is an answer outside 2xx.
func (c call) refuse(status int, body errorBody) reply {
	return reply{status: status, header: http.Header{}, body: body.encode(c.id)}
}

// rejectedOf returns the inputs that are rejected, each once.
func (st *state) rejectedOf(c call) []client.AssociationType {
	var rejected []client.AssociationType
	seen := map[client.AssociationType]bool{}
	for _, t := range c.Types {
		if st.rejected[c.pair.limit(t)] && !seen[t] {
			seen[t] = true
			rejected = append(rejected, t)
		}
	}
	return rejected
}

// purge removes the inputs that are not rejected from the account. An input that is
// not set is no error, as in HubSpot's one recorded answer.
func (st *state) purge(c call) {
	if c.account == nil {
		return
	}
	set := c.account.limits[c.pair]
	for _, t := range c.Types {
		if !st.rejected[c.pair.limit(t)] {
			delete(set, t)
		}
	}
}

// read lists the limits of the pair. HubSpot lists the types without a limit too;
// the Server does not know them.
func (c call) read() limitsBody {
	body := limitsBody{Results: []limitItem{}}
	for _, s := range inOrder(c.account.limits[c.pair]) {
		item := limitItem{Category: s.Limit.Type.Category, TypeID: s.Limit.Type.TypeID, Max: s.Max}
		if s.Label != "" {
			item.Label = &s.Label
		}
		body.Results = append(body.Results, item)
	}
	return body
}
