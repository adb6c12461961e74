"""What every route shares and no feature owns: sign-in, parameters, errors, cursors, the OpenAPI document."""
