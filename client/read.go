package client

// A LimitSetting is a limit that is set, with its number.
type LimitSetting struct {
	Limit Limit `json:"limit"`
	// Max is the largest number of records that the limit allows.
	Max int32 `json:"max"`
	// Label is the label of the association type, "" for a type without one.
	Label string `json:"label"`
}
