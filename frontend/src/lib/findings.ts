/** Findings that are neither closed nor accepted as a risk, as a filter of their list. */
export const OPEN = "status=open&status=in_remediation&status=awaiting_retest&status=chronic";
