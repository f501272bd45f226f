// Package surface names each exported identifier of the library with its type, as
// a program outside sees it.
package surface

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
)

var _ client.ObjectType = client.Appointments
var _ client.AssociationType
var _ client.Category = client.AssociationType{}.Category
var _ int32 = client.AssociationType{}.TypeID
var _ func(client.AssociationType) ([]byte, error) = client.AssociationType.MarshalText
var _ func(client.AssociationType) string = client.AssociationType.String
var _ func(*client.AssociationType, []byte) error = (*client.AssociationType).UnmarshalText
var _ client.BulkOptions
var _ int = client.BulkOptions{}.Concurrency
var _ func(client.Outcome) = client.BulkOptions{}.Progress
var _ client.ObjectType = client.Calls
var _ client.ObjectType = client.Carts
var _ client.Category
var _ client.Category = client.CategoryHubSpotDefined
var _ client.Category = client.CategoryIntegratorDefined
var _ client.Category = client.CategoryUserDefined
var _ client.Client
var _ func(*client.Client, context.Context, client.ObjectType, client.ObjectType, ...client.AssociationType) (*client.Result, error) = (*client.Client).Purge
var _ func(*client.Client, context.Context, []client.Limit, *client.BulkOptions) (*client.Report, error) = (*client.Client).PurgeLimits
var _ func(*client.Client, context.Context, client.ObjectType, client.ObjectType) ([]client.LimitSetting, error) = (*client.Client).ReadLimits
var _ func(*client.Client, context.Context, *client.Report) error = (*client.Client).Verify
var _ client.ObjectType = client.Companies
var _ client.ObjectType = client.Contacts
var _ client.ObjectType = client.Courses
var _ client.ObjectType = client.Deals
var _ client.ObjectType = client.Emails
var _ error = client.ErrDailyLimit
var _ error = client.ErrForbidden
var _ error = client.ErrInvalidInput
var _ error = client.ErrOutcomeUnknown
var _ error = client.ErrRateLimited
var _ error = client.ErrUnauthorized
var _ client.Error
var _ int = client.Error{}.StatusCode
var _ string = client.Error{}.Category
var _ string = client.Error{}.SubCategory
var _ string = client.Error{}.Message
var _ string = client.Error{}.CorrelationID
var _ string = client.Error{}.Policy
var _ time.Duration = client.Error{}.RetryAfter
var _ map[string][]string = client.Error{}.Context
var _ map[string]string = client.Error{}.Links
var _ []client.ErrorDetail = client.Error{}.Details
var _ int = client.Error{}.Attempts
var _ []byte = client.Error{}.Body
var _ func(*client.Error) string = (*client.Error).Error
var _ func(*client.Error, error) bool = (*client.Error).Is
var _ func(*client.Error) []string = (*client.Error).MissingScopes
var _ func(*client.Error) bool = (*client.Error).Retryable
var _ client.ErrorDetail
var _ string = client.ErrorDetail{}.Message
var _ string = client.ErrorDetail{}.Code
var _ string = client.ErrorDetail{}.In
var _ string = client.ErrorDetail{}.SubCategory
var _ map[string][]string = client.ErrorDetail{}.Context
var _ client.Failure
var _ string = client.Failure{}.ID
var _ string = client.Failure{}.Status
var _ string = client.Failure{}.Category
var _ string = client.Failure{}.SubCategory
var _ string = client.Failure{}.Message
var _ map[string][]string = client.Failure{}.Context
var _ map[string]string = client.Failure{}.Links
var _ []client.ErrorDetail = client.Failure{}.Details
var _ client.ObjectType = client.Goals
var _ func(int32) client.AssociationType = client.HubSpotDefined
var _ client.IncompleteError
var _ *client.Result = client.IncompleteError{}.Result
var _ func(*client.IncompleteError) string = (*client.IncompleteError).Error
var _ func(int32) client.AssociationType = client.IntegratorDefined
var _ client.ObjectType = client.Invoices
var _ client.ObjectType = client.Leads
var _ client.Limit
var _ client.ObjectType = client.Limit{}.From
var _ client.ObjectType = client.Limit{}.To
var _ client.AssociationType = client.Limit{}.Type
var _ func(client.Limit) string = client.Limit.String
var _ func(client.Limit) error = client.Limit.Validate
var _ client.LimitSetting
var _ client.Limit = client.LimitSetting{}.Limit
var _ int32 = client.LimitSetting{}.Max
var _ string = client.LimitSetting{}.Label
var _ client.ObjectType = client.LineItems
var _ client.ObjectType = client.Listings
var _ client.ObjectType = client.Meetings
var _ func(oauth2.TokenSource, ...client.Option) (*client.Client, error) = client.New
var _ client.ObjectType = client.Notes
var _ client.OAuthApp
var _ string = client.OAuthApp{}.ClientID
var _ string = client.OAuthApp{}.ClientSecret
var _ string = client.OAuthApp{}.TokenURL
var _ *http.Client = client.OAuthApp{}.HTTPClient
var _ func(client.OAuthApp, fmt.State, rune) = client.OAuthApp.Format
var _ func(client.OAuthApp) ([]byte, error) = client.OAuthApp.MarshalJSON
var _ func(client.OAuthApp, context.Context, string) (*oauth2.Token, error) = client.OAuthApp.Refresh
var _ func(client.OAuthApp, *oauth2.Token, func(*oauth2.Token) error) oauth2.TokenSource = client.OAuthApp.TokenSource
var _ client.ObjectType
var _ client.Option
var _ client.ObjectType = client.Orders
var _ client.Outcome
var _ client.Limit = client.Outcome{}.Limit
var _ client.State = client.Outcome{}.State
var _ error = client.Outcome{}.Err
var _ func(client.Outcome) ([]byte, error) = client.Outcome.MarshalJSON
var _ client.ObjectType = client.Payments
var _ client.ObjectType = client.Products
var _ client.ObjectType = client.Projects
var _ client.ObjectType = client.Quotes
var _ client.RateLimiter
var _ func(client.RateLimiter, context.Context) error = client.RateLimiter.Wait
var _ client.Report
var _ []client.Outcome = client.Report{}.Outcomes
var _ func(*client.Report, client.State) int = (*client.Report).Count
var _ func(*client.Report, ...client.State) []client.Limit = (*client.Report).Limits
var _ func(*client.Report) []client.Limit = (*client.Report).Remaining
var _ func(*client.Report) []client.Limit = (*client.Report).Retryable
var _ func(*client.Report) string = (*client.Report).String
var _ client.Result
var _ int = client.Result{}.StatusCode
var _ client.Status = client.Result{}.Status
var _ time.Time = client.Result{}.RequestedAt
var _ time.Time = client.Result{}.StartedAt
var _ time.Time = client.Result{}.CompletedAt
var _ []json.RawMessage = client.Result{}.Results
var _ int32 = client.Result{}.NumErrors
var _ []client.Failure = client.Result{}.Failures
var _ map[string]string = client.Result{}.Links
var _ string = client.Result{}.CorrelationID
var _ int = client.Result{}.Attempts
var _ func(error) (time.Duration, bool) = client.RetryAfter
var _ client.ObjectType = client.Services
var _ client.State
var _ func(client.State) ([]byte, error) = client.State.MarshalText
var _ func(client.State) string = client.State.String
var _ func(*client.State, []byte) error = (*client.State).UnmarshalText
var _ client.State = client.StateFailed
var _ client.State = client.StateNotAttempted
var _ client.State = client.StatePurged
var _ client.State = client.StateUnknown
var _ func(string) oauth2.TokenSource = client.StaticToken
var _ client.Status
var _ client.Status = client.StatusCanceled
var _ client.Status = client.StatusComplete
var _ client.Status = client.StatusPending
var _ client.Status = client.StatusProcessing
var _ client.ObjectType = client.Subscriptions
var _ client.ObjectType = client.Tasks
var _ client.ObjectType = client.Tickets
var _ func(int32) client.AssociationType = client.UserDefined
var _ client.ObjectType = client.Users
var _ func(string) client.Option = client.WithBaseURL
var _ func(int) client.Option = client.WithBatchSize
var _ func(*http.Client) client.Option = client.WithHTTPClient
var _ func(*slog.Logger) client.Option = client.WithLogger
var _ func(client.RateLimiter) client.Option = client.WithRateLimiter
var _ func(int, time.Duration) client.Option = client.WithRetry
var _ func(string) client.Option = client.WithUserAgent
