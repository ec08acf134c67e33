inputs | try fromjson catch {} | .keys? | arrays | .[] | "\(.kind)\u0000\(.value)" | utf | octal
