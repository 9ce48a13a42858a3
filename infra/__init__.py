"""The CDK app: a data stack, a service stack, one construct per capability."""
