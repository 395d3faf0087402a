from fadu.cli import main

main()
