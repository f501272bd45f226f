package surface

import (
	"net/http"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

var _ purgetest.Answer
var _ int = purgetest.Answer{}.Status
var _ http.Header = purgetest.Answer{}.Header
var _ string = purgetest.Answer{}.Body
var _ time.Duration = purgetest.Answer{}.Delay
var _ bool = purgetest.Answer{}.Apply
var _ purgetest.Fault = purgetest.Answer{}.Fault
var _ purgetest.App
var _ string = purgetest.App{}.ClientID
var _ string = purgetest.App{}.ClientSecret
var _ time.Duration = purgetest.App{}.Lifetime
var _ bool = purgetest.App{}.Rotate
var _ purgetest.Fault
var _ purgetest.Fault = purgetest.FaultCutBody
var _ purgetest.Fault = purgetest.FaultHangUp
var _ purgetest.Fault = purgetest.FaultNone
var _ purgetest.Fault = purgetest.FaultReset
var _ func() *purgetest.Server = purgetest.InMemory
var _ func(...string) purgetest.Answer = purgetest.MissingScopes
var _ func() *purgetest.Server = purgetest.NewServer
var _ func(purgetest.Answer) purgetest.Answer = purgetest.OffDocument
var _ func(string, time.Duration) purgetest.Answer = purgetest.RateLimited
var _ purgetest.Rejection = purgetest.RejectBatch
var _ purgetest.Rejection = purgetest.RejectPartially
var _ purgetest.Rejection
var _ purgetest.Request
var _ time.Time = purgetest.Request{}.Time
var _ string = purgetest.Request{}.Method
var _ string = purgetest.Request{}.Path
var _ http.Header = purgetest.Request{}.Header
var _ []byte = purgetest.Request{}.Body
var _ client.ObjectType = purgetest.Request{}.From
var _ client.ObjectType = purgetest.Request{}.To
var _ []client.AssociationType = purgetest.Request{}.Types
var _ purgetest.Server
var _ string = purgetest.Server{}.URL
var _ func(*purgetest.Server, bool) = (*purgetest.Server).AnswerNoContent
var _ func(*purgetest.Server) = (*purgetest.Server).Close
var _ func(*purgetest.Server, purgetest.App, string, ...client.Limit) = (*purgetest.Server).Install
var _ func(*purgetest.Server, string) []client.Limit = (*purgetest.Server).Limits
var _ func(*purgetest.Server, ...purgetest.Answer) = (*purgetest.Server).Queue
var _ func(*purgetest.Server, string, ...purgetest.Answer) = (*purgetest.Server).QueueFor
var _ func(*purgetest.Server, ...purgetest.Answer) = (*purgetest.Server).QueueTokens
var _ func(*purgetest.Server, ...client.Limit) = (*purgetest.Server).Reject
var _ func(*purgetest.Server) []purgetest.Request = (*purgetest.Server).Requests
var _ func(*purgetest.Server, string) []purgetest.Request = (*purgetest.Server).RequestsOf
var _ func(*purgetest.Server, string) = (*purgetest.Server).Revoke
var _ func(*purgetest.Server, string, ...client.Limit) = (*purgetest.Server).SetLimits
var _ func(*purgetest.Server, purgetest.Rejection) = (*purgetest.Server).SetRejection
var _ func(*purgetest.Server, string, ...client.LimitSetting) = (*purgetest.Server).SetSettings
var _ func(*purgetest.Server, int, time.Duration) = (*purgetest.Server).SetWindow
var _ func(*purgetest.Server) []purgetest.Request = (*purgetest.Server).TokenRequests
var _ func(*purgetest.Server) string = (*purgetest.Server).TokenURL
var _ func(*purgetest.Server) http.RoundTripper = (*purgetest.Server).Transport
var _ func(*purgetest.Server) []error = (*purgetest.Server).Violations
