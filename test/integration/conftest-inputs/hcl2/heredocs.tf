locals {
  a = <<EOF
  indented ${x.y}
	tab "quoted" \n $${no}
EOF
  b = <<-EOF
    less
      more ${x}

    end
  EOF
  c = <<EOF
EOF
  d = f(<<EOF
text
EOF
  )
  e = <<-EOT
    %{ if a }
    x
    %{ else }
    y
    %{ endif }
    EOT
  f = <<-EOT
    ${x}
  EOT
  g = [<<A
in a list
A
  , "b"]
}
